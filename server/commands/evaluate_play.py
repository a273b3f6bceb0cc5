"""`inkling model evaluate --play`: the model is judged by the game's own rule of saying. Here the two meet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from model.__main__ import main
from model.evaluation.play import PlayOutcome, TimedAnswer
from server.game.commands import MachineGuessed
from server.game.events import GuessWeighed
from server.game.ids import Millis, RoundId, Seat
from server.game.inkling import guesses
from server.game.rules import SayingThresholds
from server.game.state import Canvas, InkRevision, Round
from server.game.words.packs import BUILT_IN_PACKS, pack_thresholds

LIKELY_THRESHOLDS, CONSECUTIVE_GUESSES = (0.30, 0.35, 0.40, 0.45, 0.50, 0.60), (2, 4)
"""What the curve of hits against wrong words is drawn with."""
_SEAT, _ROUND, _ROUND_SECONDS = Seat(0), RoundId(1), 400


class PlaySimulator:
    """The game's rule, as `model.evaluation.play` wants it."""

    def __init__(self) -> None:
        self.packs = {name: pack.words for name, pack in BUILT_IN_PACKS.items()}

    def bars(self, pack: str) -> dict[str, SayingThresholds]:
        """Return the pack's own bar first, then bolder and shyer ones."""
        own = pack_thresholds(pack)
        others = {
            f"{likely:.2f} × {row}": replace(own, likely=likely, row=row)
            for likely, row in product(LIKELY_THRESHOLDS, CONSECUTIVE_GUESSES)
        }
        return {"game": own, **others}

    def play(self, prompt: str, told: Sequence[TimedAnswer], bar: SayingThresholds) -> PlayOutcome:
        """Let one drawing grow in a round of its own until Inkling says the prompt. After the last ink it rests."""
        canvas = Canvas(points=1)
        current = Round(
            _ROUND, 1, prompt, _ROUND_SECONDS, False, Millis(0), Millis(_ROUND_SECONDS * 1000), canvases={_SEAT: canvas}
        )
        wrong, showing = 0, ""
        for place, one in enumerate(told):
            canvas.seq += 1
            canvas.seen = InkRevision(canvas.seq, Millis(one.at), 1)
            answer = MachineGuessed(_SEAT, _ROUND, canvas.seq, one.guesses, one.doubt, "")
            guesses.weigh_guess(current, canvas, answer, Millis(one.at), bar)
            events = guesses.speak_after_guess(current, _SEAT, canvas, Millis(one.at), bar)
            last = place + 1 == len(told)
            while (due := canvas.idea.due) is not None and (last or due <= told[place + 1].at):
                events += guesses.speak_after_guess(current, _SEAT, canvas, due, bar)
            if canvas.hit is not None:
                return PlayOutcome(place, wrong)
            for event in events:
                says = event.saying.says if isinstance(event, GuessWeighed) else ""
                wrong += says not in ("", showing)
                showing = says
        return PlayOutcome(None, wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], PlaySimulator()))
