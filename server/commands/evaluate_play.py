"""`inkling model evaluate --play`: the model is judged by the game's own rule of saying. Here the two meet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from model.__main__ import main
from model.evaluation.play import PlayOutcome, TimedAnswer
from server.game.commands import MachineGuessed
from server.game.ids import Millis, RoundId, Seat
from server.game.ink.canvas import Canvas, InkRevision
from server.game.inkling import guesses
from server.game.inkling.thresholds import SayingThresholds
from server.game.words.packs import BUILT_IN_PACKS, pack_thresholds

LIKELY_THRESHOLDS, CONSECUTIVE_GUESSES = (0.30, 0.35, 0.40, 0.45, 0.50, 0.60), (2, 4)
"""What the curve of hits against wrong words is drawn with."""
_SEAT, _ROUND = Seat(0), RoundId(1)


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

    def play(self, prompt: str, answers: Sequence[TimedAnswer], bar: SayingThresholds) -> PlayOutcome:
        """Let one drawing grow until Inkling says the prompt. After the last ink it rests."""
        canvas = Canvas(points=1)
        wrong, showing = 0, ""
        for index, timed in enumerate(answers):
            canvas.seq += 1
            canvas.seen = InkRevision(canvas.seq, Millis(timed.at), 1)
            answer = MachineGuessed(_SEAT, _ROUND, canvas.seq, timed.guesses, timed.doubt, "")
            guesses.weigh_guess(canvas, answer, bar)
            sayings = [guesses.speak(canvas, prompt, False, Millis(timed.at), bar)]
            last = index + 1 == len(answers)
            while (due := canvas.idea.due) is not None and (last or due <= answers[index + 1].at):
                sayings.append(guesses.speak(canvas, prompt, False, due, bar))
            if any(saying.says == prompt for saying in sayings):
                return PlayOutcome(index, wrong)
            for saying in sayings:
                wrong += saying.says not in ("", showing)
                showing = saying.says
        return PlayOutcome(None, wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], PlaySimulator()))
