"""From phase to phase of a race: countdown, drawing, closing, reveal, … podium."""

from __future__ import annotations

from server.game import downsample, scoring
from server.game.clock import enter_phase
from server.game.commands import Done
from server.game.events import Event, Outcome, Refused, Repeated, RoundVoided, ViewChanged
from server.game.ids import Millis, RoundId, Seat
from server.game.modes.race import hits, results, round_clock, rules
from server.game.modes.race.points import drawing_points
from server.game.modes.race.state import RaceCanvas, Round
from server.game.seats import seating
from server.game.state import AlbumDrawing, RoomState
from server.game.words import custom_words, prompts


def begin_round(state: RoomState, n: int, now: Millis) -> list[Event]:
    """Show the prompt's card."""
    state.rounds_begun += 1
    began = Millis(now + rules.COUNTDOWN_MS)
    settings = state.settings
    state.standard = state.standard and rules.are_settings_standard(settings) and settings.pack == state.game_pack
    state.round = Round(
        id=RoundId(state.rounds_begun),
        n=n,
        prompt=prompts.choose_prompt(state, n),
        seconds=settings.seconds,
        open_table=settings.open_table,
        began=began,
        ends=Millis(began + settings.seconds * 1000),
        canvases={seat: RaceCanvas() for seat in state.players},
    )
    state.standard = state.standard and custom_words.find_custom_word(state, state.round.prompt) is None
    seating.begin_round_for_players(state)
    return enter_phase(state, "countdown", began)


def set_done(state: RoomState, command: Done) -> Outcome:
    """Have nothing left to draw in this round."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    current = state.round
    canvas = None if current is None else current.canvases.get(seat)
    if current is None or canvas is None or command.round != current.id:
        return Refused(round_refusal_code(state, command.round))
    if canvas.done:
        return Repeated()
    if state.phase != "drawing":
        return Refused(round_refusal_code(state, command.round))
    canvas.done = True
    return [ViewChanged()]


def round_refusal_code(state: RoomState, named: RoundId) -> str:
    """Return why a command for the round `named` is refused: too late or too early."""
    current = state.round
    if current is None or named > current.id:
        return "not_now"
    if named == current.id and state.phase == "countdown":
        return "not_now"
    return "round_over"


def ink_refusal_code(state: RoomState, seat: Seat, named: RoundId, now: Millis) -> str:
    """Return why a seat may not draw in the round `named`, or nothing: done without a hit means pens down."""
    current = state.round
    canvas = None if current is None or named != current.id else current.canvases.get(seat)
    if current is None or canvas is None or state.phase != "drawing" or _is_over(current, now):
        return round_refusal_code(state, named)
    return "not_now" if canvas.done and canvas.hit is None else ""


def _is_over(current: Round, now: Millis) -> bool:
    return current.stopped_at is None and now >= current.ends


def apply_consequences(state: RoomState, now: Millis) -> list[Event]:
    """Do what follows from whatever has just happened."""
    current = state.round
    if current is None:
        return []
    if state.phase == "drawing":
        events = round_clock.resume_if_no_guess_awaited(current, now)
        if round_clock.shorten_round(state, current, now):
            events.append(ViewChanged())
        return events
    if state.phase == "closing" and not _may_still_hit(current):
        return _begin_reveal(state, current, now)
    if state.phase == "reveal" and seating.are_all_ready(state):
        return _begin_round_or_podium(state, current, now)
    return []


def do_what_is_due(state: RoomState, now: Millis) -> list[Event]:
    """Do what is due at `now`; several things may be, and at least one of them is done."""
    current = state.round
    if current is None:
        return []
    if state.phase in ("drawing", "closing"):
        watch = _watch_running_round if state.phase == "drawing" else _watch_closing_round
        return hits.speak_of_rested_canvases(state, current, now) + watch(state, current, now)
    if state.until is None or now < state.until:
        return []
    if state.phase == "countdown":
        return enter_phase(state, "drawing")
    return _begin_round_or_podium(state, current, now)


def _watch_running_round(state: RoomState, current: Round, now: Millis) -> list[Event]:
    """Look after a running round: time over, the guesser gone, or gone for too long."""
    if current.stopped_at is not None:
        return _void_round(state, current, now) if now >= current.stopped_at + rules.MAX_CLOCK_STOPPED_MS else []
    if now >= current.ends:
        if _may_still_hit(current):
            return enter_phase(state, "closing", Millis(now + rules.MAX_CLOSING_MS))
        return _begin_reveal(state, current, now)
    if current.waiting_since is not None and now >= current.waiting_since + rules.GUESSER_AWAY_MS:
        return round_clock.stop_round_clock(current, now)
    return []


def _watch_closing_round(state: RoomState, current: Round, now: Millis) -> list[Event]:
    return _begin_reveal(state, current, now) if state.until is not None and now >= state.until else []


def _may_still_hit(current: Round) -> bool:
    """Say whether ink received in time may still turn out to be a hit."""
    ideas = (canvas.idea for canvas in current.canvases.values())
    return round_clock.is_guess_awaited(current) or any(
        idea.due is not None and idea.word == current.prompt for idea in ideas
    )


def _void_round(state: RoomState, current: Round, now: Millis) -> list[Event]:
    current.void = True
    return [RoundVoided(current.id), *_begin_reveal(state, current, now)]


def _begin_reveal(state: RoomState, current: Round, now: Millis) -> list[Event]:
    finished = results.finish_all_canvases(state, current)
    points = {seat: drawing_points(current, canvas) for seat, canvas in current.canvases.items()}
    had_hit = {seat for seat, canvas in current.canvases.items() if canvas.hit is not None and not current.void}
    scoring.pay_points(state, points, had_hit)
    state.album += map(AlbumDrawing, results.picture_round_results(current))
    results.learn_custom_word(state, current)
    return finished + enter_phase(state, "reveal", Millis(now + rules.REVEAL_MS))


def _begin_round_or_podium(state: RoomState, current: Round, now: Millis) -> list[Event]:
    if current.n < state.settings.rounds:
        return begin_round(state, current.n + 1, now)
    results_of_game = [drawing.to_view() for drawing in state.album]
    state.album = list(map(AlbumDrawing, downsample.thin_album(results_of_game)))
    return scoring.end_game(state, state.standard) + enter_phase(state, "podium")
