"""Writes an export: word by word, each file complete or not there, with a journal from which it can be resumed."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from server.store.dataset import Dataset
from server.store.dataset_card import card_of
from server.store.drawing_filter import DrawingFilter
from server.store.export_folder import (
    CARD,
    JOURNAL,
    KEYS,
    MANIFEST,
    FileEntry,
    InTheWay,
    Journal,
    clear,
    clear_parts,
    drop_erased,
    in_the_way,
    note_keys,
    put,
    read_journal,
    remove,
    remove_own,
    save_journal,
    tell,
)
from server.store.export_manifest import manifest_of, packed
from server.store.export_options import ExportOptions
from server.store.formats import FORMATS, Provenance
from server.store.part_file import PartFile
from server.store.selection import WITHOUT_TIMES


async def begin(
    dataset: Dataset, folder: Path, options: ExportOptions, resume: bool, force: Callable[[str], None] | None = None
) -> Journal:
    """Take up an interrupted export with the same options, or begin anew; what an earlier one wrote is removed then.

    Files that hold drawings which were erased since are written anew. `force` is told what is replaced that is not an
    export's; without it that is refused. Raises InTheWay, ValueError, OSError, StoreAway.
    """
    journal = read_journal(folder) if resume else None
    if journal is not None and journal.options != options:
        raise ValueError(
            f"{folder} holds an unfinished export with other options; resume that one, or leave out --resume"
        )
    fresh = journal is None
    if journal is None:
        now = time.time() * 1000
        wanted = options.filter(now)
        words = await dataset.words(wanted)
        expected = sum([await dataset.count_of(word, wanted) for word in words])
        state = (await dataset.tombstones.state()).decode()
        journal = Journal(options, now, secrets.token_hex(16), list(words), expected, compared=state)
    else:
        await drop_erased(folder, journal, dataset.tombstones)
        clear_parts(folder, journal)
    foreign = in_the_way(folder, journal)
    if foreign and force is None:
        raise InTheWay(
            f"{folder} holds what is not an export's: {tell(foreign)}. Choose another folder, move them away, or let "
            "--force replace them"
        )
    if foreign and force is not None:
        force(f"Replacing in {folder}: {tell(foreign)}")
        for name in foreign:
            remove(folder / name)
    if fresh:
        clear(folder)
    return journal


async def write(
    dataset: Dataset,
    folder: Path,
    journal: Journal,
    advance: Callable[[], None],
    done: Callable[[FileEntry], None],
    renewable: bool = False,
) -> dict[str, Any]:
    """Write what is missing, then the manifest; returns it.

    `renewable` leaves the journal, so that resuming later drops what was erased meanwhile. Raises OSError, with nothing
    half-written but the journal.
    """
    save_journal(folder, journal)
    while True:
        for word in journal.words:
            if word not in journal.passed:
                await _write_word(dataset, folder, journal, word, advance, done)
        # Drawings that were erased while this was written are in no file of it.
        if not await drop_erased(folder, journal, dataset.tombstones):
            break
    return await _finish(dataset, folder, journal, renewable)


async def _write_word(
    dataset: Dataset,
    folder: Path,
    journal: Journal,
    word: str,
    advance: Callable[[], None],
    done: Callable[[FileEntry], None],
) -> None:
    options, left_out = journal.options, Counter[str]()
    kind = FORMATS[options.format]
    told = Provenance(options.provenance, journal.alias, options.part_of)
    parts = {
        part: PartFile(folder, journal.target(word, part), lambda path: kind.open(path, told)) for part in options.parts
    }
    try:
        async for kept in options.selection(journal.now).of_word(dataset, word, left_out, advance):
            parts["" if "" in parts else options.part_of(kept)].add(kept)
        for target in journal.targets([word]):
            remove_own(folder / target)
        files = [(file, part.keys) for name, part in parts.items() if (file := part.close(word, name)) is not None]
    except BaseException:
        for part in parts.values():
            part.abandon()
        raise
    journal.passed.append(word)
    journal.left_out[word] = dict(left_out)
    for file, held in files:
        note_keys(folder, file, held)
        journal.files.append(file)
        done(file)
    save_journal(folder, journal)


async def _finish(dataset: Dataset, folder: Path, journal: Journal, renewable: bool) -> dict[str, Any]:
    order = {word: rank for rank, word in enumerate(journal.words)}
    files = sorted(journal.files, key=lambda file: order[file.word])
    missing = await dataset.archives.missing()
    damaged = [f"{path}: {why}" for path, why in dataset.archives.damaged.items()]
    why = [] if files else await why_empty(dataset, journal.options.filter(journal.now))
    if not files and any(WITHOUT_TIMES in reasons for reasons in journal.left_out.values()):
        why = ["the drawings have no times (--untimed exports them)"]
    manifest = manifest_of(journal, files, missing, damaged, why)
    if journal.card:
        put(folder / CARD, card_of(manifest).encode())
    put(folder / MANIFEST, packed(manifest))
    if not renewable:
        remove(folder / KEYS)
        (folder / JOURNAL).unlink()
    return manifest


async def why_empty(dataset: Dataset, wanted: DrawingFilter) -> list[str]:
    """Say why a filter finds nothing: which part of it alone stands between, or that there is nothing at all."""
    known = set(await dataset.words(DrawingFilter()))
    if not known:
        return ["the collection holds no drawings"]
    reasons = [f"no drawing of {word!r} is kept" for word in wanted.words or () if word not in known]
    relaxed = {
        f"--source {wanted.source}": replace(wanted, source="any"),
        "--since or --until": replace(wanted, since=None, until=None, dated=False),
        "--recognized": replace(wanted, recognized=None),
        f"--model {wanted.model}": replace(wanted, model=None),
        "--finished": replace(wanted, finished=False),
        "--max-doubt": replace(wanted, max_doubt=None),
        "--min-hit": replace(wanted, min_hit=None),
        "--min-ink": replace(wanted, min_ink=None),
    }
    for name, filter in relaxed.items():
        if filter != wanted and await _finds(dataset, filter):
            reasons.append(f"{name} leaves none (without it there are some)")
    if not reasons:
        some = await _finds(dataset, DrawingFilter(words=wanted.words, source="any", until=wanted.until))
        reasons.append(
            "the filters together leave none" if some else "no drawing is exportable (held, removed or erased)"
        )
    return reasons


async def _finds(dataset: Dataset, wanted: DrawingFilter) -> bool:
    async for _ in dataset.all(wanted):
        return True
    return False
