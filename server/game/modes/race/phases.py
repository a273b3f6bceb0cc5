"""From phase to phase: lobby, countdown, drawing, closing, reveal, … podium."""

from __future__ import annotations

from server.game import downsample, round_clock, rules, scoring
from server.game.album import finished_drawings
from server.game.commands import Again, Configure, Done, Ready, Start
from server.game.events import Event, PhaseBegan, Refused, Repeated, RoundVoided, ViewChanged
from server.game.ids import Millis, Phase, RoundId
from server.game.ink.changes import round_refusal_code
from server.game.inkling import guesses
from server.game.seats.seating import appoint_host, host_refusal_code
from server.game.state import AlbumDrawing, Canvas, RoomState, Round
from server.game.words import custom_words, packs, prompts

Outcome = list[Event] | Refused | Repeated


def change_settings(state: RoomState, command: Configure) -> Outcome:
    """Change some of the settings, between rounds only."""
    chosen = command.settings.applied(state.settings)
    code = host_refusal_code(state, command.player)
    if not code and state.phase not in ("lobby", "reveal", "podium"):
        code = "not_now"
    if not code and not rules.are_settings_in_bounds(chosen):
        code = "bad_setting"
    if not code and chosen.pack not in packs.BUILT_IN_PACKS and not _is_taught_pack(state, chosen.pack):
        code = "unknown_pack"
    if code:
        return Refused(code)
    if state.settings == chosen:
        return Repeated()
    state.settings = chosen
    return [ViewChanged()]


def _is_taught_pack(state: RoomState, pack: str) -> bool:
    return pack == custom_words.TAUGHT_PACK and any(map(custom_words.is_word_playable, state.lessons))


def start_game(state: RoomState, command: Start | Again, now: Millis) -> Outcome:
    """Begin a game: the first one from the lobby, a rematch from the podium."""
    code = host_refusal_code(state, command.player)
    if not code and state.phase != ("lobby" if isinstance(command, Start) else "podium"):
        code = "not_now"
    if code:
        return Refused(code)
    state.game += 1
    state.game_pack = state.settings.pack
    state.standard = True
    state.used = []
    state.album = []
    for player in state.players.values():
        player.score = player.hits = player.gained = 0
        player.played = False
    return begin_round(state, 1, now)


def set_ready(state: RoomState, command: Ready) -> Outcome:
    """Be ready for the game, or done looking at a reveal."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    if state.phase not in ("lobby", "reveal"):
        return Refused("not_now")
    player = state.players[seat]
    if player.ready == command.ready:
        return Repeated()
    player.ready = command.ready
    return [ViewChanged()]


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
        canvases={seat: Canvas() for seat in state.players},
    )
    state.standard = state.standard and custom_words.find_custom_word(state, state.round.prompt) is None
    for player in state.players.values():
        player.ready = False
        player.gained = 0
    return _enter_phase(state, "countdown", began)


def pass_time(state: RoomState, now: Millis) -> list[Event]:
    """Do everything that is due, each thing at its own time. Raises RuntimeError in a state in which nothing helps."""
    events: list[Event] = []
    due = round_clock.next_deadline(state)
    while due is not None and due <= now:
        events += _do_what_is_due(state, due)
        events += draw_consequences(state, due)
        due = round_clock.require_later_deadline(due, round_clock.next_deadline(state))
    return events


def draw_consequences(state: RoomState, now: Millis) -> list[Event]:
    """Draw the consequences of whatever has just happened."""
    events = appoint_host(state, now)
    current = state.round
    if current is None:
        return events
    if state.phase == "drawing":
        events += round_clock.resume_if_no_guess_awaited(current, now)
        if round_clock.shorten_round(state, current, now):
            events.append(ViewChanged())
    elif state.phase == "closing" and not _may_still_hit(current):
        events += _begin_reveal(state, current, now)
    elif state.phase == "reveal" and _all_ready(state):
        events += _begin_round_or_podium(state, current, now)
    return events


def _do_what_is_due(state: RoomState, now: Millis) -> list[Event]:
    """Do what is due at `now`; several things may be, and at least one of them is done."""
    current = state.round
    if current is None:
        return []
    if state.phase in ("drawing", "closing"):
        events = _say_on_rested_canvases(state, current, now)
        return events + (
            _watch_running_round(state, current, now) if state.phase == "drawing" else _end_closing(state, current, now)
        )
    if state.until is None or now < state.until:
        return []
    if state.phase == "countdown":
        return _enter_phase(state, "drawing")
    return _begin_round_or_podium(state, current, now)


def _say_on_rested_canvases(state: RoomState, current: Round, now: Millis) -> list[Event]:
    events: list[Event] = []
    for seat, canvas in current.canvases.items():
        if canvas.idea.due is not None and canvas.idea.due <= now:
            events += guesses.say_on_rested_ink(state, current, seat, canvas, now)
    return events


def _watch_running_round(state: RoomState, current: Round, now: Millis) -> list[Event]:
    """Look after a running round: time over, the guesser gone, or gone for too long."""
    if current.stopped_at is not None:
        return _void_round(state, current, now) if now >= current.stopped_at + rules.MAX_CLOCK_STOPPED_MS else []
    if now >= current.ends:
        if _may_still_hit(current):
            return _enter_phase(state, "closing", Millis(now + rules.MAX_CLOSING_MS))
        return _begin_reveal(state, current, now)
    if current.waiting_since is not None and now >= current.waiting_since + rules.GUESSER_AWAY_MS:
        return round_clock.stop_round_clock(current, now)
    return []


def _end_closing(state: RoomState, current: Round, now: Millis) -> list[Event]:
    return _begin_reveal(state, current, now) if state.until is not None and now >= state.until else []


def _may_still_hit(current: Round) -> bool:
    """Say whether ink received in time may still turn out to be a hit."""
    prompted = (c.idea.due is not None and c.idea.word == current.prompt for c in current.canvases.values())
    return round_clock.is_guess_awaited(current) or any(prompted)


def _void_round(state: RoomState, current: Round, now: Millis) -> list[Event]:
    current.void = True
    return [RoundVoided(current.id), *_begin_reveal(state, current, now)]


def _begin_reveal(state: RoomState, current: Round, now: Millis) -> list[Event]:
    kept = finished_drawings.finish_all_drawings(state, current)
    scoring.pay_round_points(state, current)
    state.album += map(AlbumDrawing, finished_drawings.picture_round_results(current))
    custom_words.learn_from_round(state, current)
    return kept + _enter_phase(state, "reveal", Millis(now + rules.REVEAL_MS))


def _begin_round_or_podium(state: RoomState, current: Round, now: Millis) -> list[Event]:
    if current.n < state.settings.rounds:
        return begin_round(state, current.n + 1, now)
    state.album = [AlbumDrawing(one) for one in downsample.thin_album([kept.shown() for kept in state.album])]
    return scoring.end_game(state) + _enter_phase(state, "podium")


def _all_ready(state: RoomState) -> bool:
    here = [player.ready for player in state.players.values() if player.here]
    return bool(here) and all(here)


def _enter_phase(state: RoomState, phase: Phase, until: Millis | None = None) -> list[Event]:
    state.phase = phase
    state.until = until
    return [PhaseBegan(phase)]
