"""Networks of others that teach ours by their answers: how each is known, credited, and mixed with the others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TeacherInfo:
    """What is known of a published network."""

    name: str
    credit: str
    """In Markdown, with whom to thank."""
    share: float
    """Of the answers of several, by the whole drawings that each knows."""
    temperature: float
    """That its answers are softened with (Hinton et al. 2015): one that is surer of itself needs more."""


TEACHERS_BY_CLASS_FILE = {
    "class_names.txt": TeacherInfo(
        "DoodleNet", "[DoodleNet](https://github.com/yining1023/doodleNet) (Yining Shi, ml5, MIT licence)", 0.4, 2.0
    ),
    "class.json": TeacherInfo(
        "ResNet28", "a ResNet on Quick, Draw!'s 28 × 28 bitmaps (안서진, 2024, MIT licence)", 0.6, 1.6
    ),
}
"""By the file that names a network's outputs."""
ALL_TEACHER_NAMES = " ".join(kind.name for kind in TEACHERS_BY_CLASS_FILE.values())


def identify_teacher(folder: Path) -> tuple[TeacherInfo, list[str]]:
    """Say which network a folder holds, and the words of its outputs. Raises ValueError if it is none that is known."""
    for file, kind in TEACHERS_BY_CLASS_FILE.items():
        path = folder / file
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            names = json.loads(text) if path.suffix == ".json" else text.split("\n")
            return kind, [name.strip().replace("_", " ") for name in names if name.strip()]
    raise ValueError(f"no teacher in {folder}: neither {' nor '.join(TEACHERS_BY_CLASS_FILE)}")


def teacher_credits(names: str) -> list[str]:
    """Return the credits of the teachers that a card names."""
    return [kind.credit for kind in TEACHERS_BY_CLASS_FILE.values() if kind.name in names]
