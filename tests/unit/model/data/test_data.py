from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from model.data.quickdraw import list_drawing_files, read_labelled_drawings
from model.data.split import SPLIT_PARTS, assign_part
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from tests.unit.model.drawings import data

LINE = json.dumps({"word": "cat", "key_id": "1", "drawing": [[[0, 9], [0, 9]]]})


def test_there_are_345_words_in_alphabetical_order() -> None:
    assert len(CLASS_WORDS) == len(set(CLASS_WORDS)) == 345
    assert list(CLASS_WORDS) == sorted(CLASS_WORDS)
    assert [CLASS_INDEX[word] for word in CLASS_WORDS] == list(range(345))


def test_plain_and_gzipped_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "cat.ndjson").write_text(LINE + "\n\n" + LINE + "\n")
    with gzip.open(tmp_path / "dog.ndjson.gz", "wt") as file:
        file.write(LINE.replace("cat", "dog"))
    assert [len(list(read_labelled_drawings(path))) for path in list_drawing_files(tmp_path)] == [2, 1]


def test_a_limit_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "cat.ndjson").write_text((LINE + "\n") * 5)
    assert len(list(read_labelled_drawings(tmp_path / "cat.ndjson", limit=2))) == 2


@pytest.mark.parametrize(
    "line",
    [
        '{"word": "cat"}',
        "nonsense",
        '{"word": "catt", "drawing": []}',
        '{"word": "cat", "drawing": 3}',
        "[7]",
        '{"word": "cat", "drawing": [[[1, 2], [1]]]}',
        "x" * (8 * 1024 * 1024 + 9),
    ],
)
def test_a_wrong_line_is_named_and_passed_over(tmp_path: Path, line: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cat.ndjson").write_text("\n".join((LINE, line, LINE)))
    assert len(list(read_labelled_drawings(tmp_path / "cat.ndjson"))) == 2
    (told,) = caplog.messages
    assert "cat.ndjson:2 is passed over: " in told
    assert "rror" not in told


def test_a_damaged_file_is_read_up_to_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = gzip.compress("\n".join(LINE.replace('"1"', f'"{number}"') for number in range(200)).encode())
    (tmp_path / "cat.ndjson.gz").write_bytes(whole[:-100])
    (tmp_path / "nothing.bin").write_bytes(b"")
    assert 10 < len(list(read_labelled_drawings(tmp_path / "cat.ndjson.gz"))) < 200
    assert list(read_labelled_drawings(tmp_path / "nothing.bin")) == []
    assert "it is cut" in caplog.messages[0]
    assert "no word" in caplog.messages[1]


def test_a_folder_without_drawings_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no \.ndjson"):
        list_drawing_files(tmp_path)


def test_raw_drawings_are_known_by_their_times(tmp_path: Path) -> None:
    raw = json.dumps({"word": "cat", "key_id": "1", "drawing": [[[0, 9], [0, 9], [0, 40]]]})
    (tmp_path / "cat.ndjson").write_text(LINE + "\n" + raw)
    assert [drawing.raw for drawing in read_labelled_drawings(tmp_path / "cat.ndjson")] == [False, True]


def test_strokes_without_any_key_get_one_of_their_own(tmp_path: Path) -> None:
    bare = json.dumps({"word": "cat", "drawing": [[[0, 9], [0, 9]]]})
    (tmp_path / "cat.ndjson").write_text(f"{bare}\n{bare}\n{bare.replace('[0, 9], [0', '[0, 8], [0')}")
    first, again, other = (drawing.identity for drawing in read_labelled_drawings(tmp_path / "cat.ndjson"))
    assert first == again != other


def test_the_split_never_changes() -> None:
    assert [assign_part(str(number)) for number in range(8)] == [
        "train",
        "train",
        "train",
        "train",
        "train",
        "validation",
        "train",
        "train",
    ]
    counts = Counter(assign_part(str(number)) for number in range(10_000))
    assert [counts[part] / 10_000 for part in SPLIT_PARTS] == pytest.approx([0.78, 0.10, 0.12], abs=0.01)


def test_no_identity_of_the_real_data_is_on_two_sides() -> None:
    sides: dict[str, set[str]] = {}
    tests = Counter[str]()
    for form in ("simplified", "raw"):
        for path in list_drawing_files(data("quickdraw", form))[::6]:
            for drawing in read_labelled_drawings(path):
                part = assign_part(drawing.identity)
                sides.setdefault(drawing.identity, set()).add(part)
                tests[CLASS_WORDS[drawing.label]] += form == "simplified" and part == "test"
    assert all(len(parts) == 1 for parts in sides.values())
    assert sum(tests.values()) / len(tests) >= 4


def test_two_forms_of_one_drawing_share_their_identity() -> None:
    """Else a split by identity would not be clean: most raw drawings here have a simplified form."""
    simple = {drawing.identity for drawing in read_labelled_drawings(data("quickdraw", "simplified", "cat.ndjson.gz"))}
    raw = [drawing.identity for drawing in read_labelled_drawings(data("quickdraw", "raw", "cat.ndjson.gz"))]
    assert sum(identity in simple for identity in raw) / len(raw) > 0.5
