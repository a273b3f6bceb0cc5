"""From phase to phase: lobby, countdown, drawing, closing, reveal, … podium."""

from __future__ import annotations

from server.game import custom_words, downsample, drawings, hits, packs, prompts, round_clock, rules, scoring
from server.game.commands import Again, Configure, Done, Ready, Start
from server.game.events import Changed, Event, PhaseBegan, Refused, Repeated, RoundVoided
from server.game.ids import Millis, Phase, RoundId
from server.game.ink import when
from server.game.seats import appoint, host_fault
from server.game.state import Canvas, Print, Round, State

Outcome = list[Event] | Refused | Repeated


def configure(state: State, command: Configure) -> Outcome:
    """Change some of the settings, between rounds only."""
    chosen = command.settings.applied(state.settings)
    code = host_fault(state, command.player)
    if not code and state.phase not in ("lobby", "reveal", "podium"):
        code = "not_now"
    if not code and not rules.in_bounds(chosen):
        code = "bad_setting"
    if not code and chosen.pack not in packs.PACKS and not _is_taught_pack(state, chosen.pack):
        code = "unknown_pack"
    if code:
        return Refused(code)
    if state.settings == chosen:
        return Repeated()
    state.settings = chosen
    return [Changed()]


def _is_taught_pack(state: State, pack: str) -> bool:
    return pack == custom_words.TAUGHT_PACK and any(map(custom_words.is_ready, state.lessons))


def start(state: State, command: Start | Again, now: Millis) -> Outcome:
    """Begin a game: the first one from the lobby, a rematch from the podium."""
    code = host_fault(state, command.player)
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


def set_ready(state: State, command: Ready) -> Outcome:
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
    return [Changed()]


def be_done(state: State, command: Done) -> Outcome:
    """Have nothing left to draw in this round."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    current = state.round
    canvas = None if current is None else current.canvases.get(seat)
    if current is None or canvas is None or command.round != current.id:
        return Refused(when(state, command.round))
    if canvas.done:
        return Repeated()
    if state.phase != "drawing":
        return Refused(when(state, command.round))
    canvas.done = True
    return [Changed()]


def begin_round(state: State, n: int, now: Millis) -> list[Event]:
    """Show the prompt's card."""
    state.rounds_begun += 1
    began = Millis(now + rules.COUNTDOWN_MS)
    settings = state.settings
    state.standard = state.standard and rules.is_standard(settings) and settings.pack == state.game_pack
    state.round = Round(
        id=RoundId(state.rounds_begun),
        n=n,
        prompt=prompts.draw_prompt(state, n),
        seconds=settings.seconds,
        open_table=settings.open_table,
        began=began,
        ends=Millis(began + settings.seconds * 1000),
        canvases={seat: Canvas() for seat in state.players},
    )
    state.standard = state.standard and custom_words.find(state, state.round.prompt) is None
    for player in state.players.values():
        player.ready = False
        player.gained = 0
    return _enter(state, "countdown", began)


def pass_time(state: State, now: Millis) -> list[Event]:
    """Do everything that is due, each thing at its own time. Raises RuntimeError in a state in which nothing helps."""
    events: list[Event] = []
    due = round_clock.deadline(state)
    while due is not None and due <= now:
        events += _step(state, due)
        events += settle(state, due)
        due = round_clock.later(due, round_clock.deadline(state))
    return events


def settle(state: State, now: Millis) -> list[Event]:
    """Draw the consequences of whatever has just happened."""
    events = appoint(state, now)
    current = state.round
    if current is None:
        return events
    if state.phase == "drawing":
        events += round_clock.give_up_waiting(current, now)
        if round_clock.fall(state, current, now):
            events.append(Changed())
    elif state.phase == "closing" and not _is_anything_open(current):
        events += _reveal(state, current, now)
    elif state.phase == "reveal" and _all_ready(state):
        events += _go_on(state, current, now)
    return events


def _step(state: State, now: Millis) -> list[Event]:
    """Do what is due at `now`; several things may be, and at least one of them is done."""
    current = state.round
    if current is None:
        return []
    if state.phase in ("drawing", "closing"):
        events = _speak(state, current, now)
        return events + (_watch(state, current, now) if state.phase == "drawing" else _close(state, current, now))
    if state.until is None or now < state.until:
        return []
    if state.phase == "countdown":
        return _enter(state, "drawing")
    return _go_on(state, current, now)


def _speak(state: State, current: Round, now: Millis) -> list[Event]:
    events: list[Event] = []
    for seat, canvas in current.canvases.items():
        if canvas.idea.due is not None and canvas.idea.due <= now:
            events += hits.keep_saying(state, current, seat, canvas, now)
    return events


def _watch(state: State, current: Round, now: Millis) -> list[Event]:
    """Look after a running round: time over, the guesser gone, or gone for too long."""
    if current.stopped_at is not None:
        return _void(state, current, now) if now >= current.stopped_at + rules.VOID_MS else []
    if now >= current.ends:
        if _is_anything_open(current):
            return _enter(state, "closing", Millis(now + rules.CLOSING_MS))
        return _reveal(state, current, now)
    if current.waiting_since is not None and now >= current.waiting_since + rules.GUESSER_AWAY_MS:
        return round_clock.stop(current, now)
    return []


def _close(state: State, current: Round, now: Millis) -> list[Event]:
    return _reveal(state, current, now) if state.until is not None and now >= state.until else []


def _is_anything_open(current: Round) -> bool:
    """Say whether ink received in time may still turn out to be a hit."""
    prompted = (c.idea.due is not None and c.idea.word == current.prompt for c in current.canvases.values())
    return round_clock.is_waiting(current) or any(prompted)


def _void(state: State, current: Round, now: Millis) -> list[Event]:
    current.void = True
    return [RoundVoided(current.id), *_reveal(state, current, now)]


def _reveal(state: State, current: Round, now: Millis) -> list[Event]:
    kept = drawings.finish_all(state, current)
    scoring.settle_round(state, current)
    state.album += map(Print, drawings.results_of(current))
    custom_words.learn_from_round(state, current)
    return kept + _enter(state, "reveal", Millis(now + rules.REVEAL_MS))


def _go_on(state: State, current: Round, now: Millis) -> list[Event]:
    if current.n < state.settings.rounds:
        return begin_round(state, current.n + 1, now)
    state.album = [Print(one) for one in downsample.album([kept.shown() for kept in state.album])]
    return scoring.end_game(state) + _enter(state, "podium")


def _all_ready(state: State) -> bool:
    here = [player.ready for player in state.players.values() if player.here]
    return bool(here) and all(here)


def _enter(state: State, phase: Phase, until: Millis | None = None) -> list[Event]:
    state.phase = phase
    state.until = until
    return [PhaseBegan(phase)]
