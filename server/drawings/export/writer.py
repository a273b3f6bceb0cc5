"""Writes an export: word by word, each file complete or not there, with a journal from which it can be resumed."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from server.drawings.dataset import Dataset
from server.drawings.export.dataset_card import card_of
from server.drawings.export.folder import (
    CARD,
    JOURNAL,
    KEYS,
    MANIFEST,
    FileEntry,
    Foreign,
    InTheWay,
    Journal,
    clear,
    clear_parts,
    drop_erased,
    in_the_way,
    note_keys,
    owned,
    put,
    read_journal,
    remove,
    save_journal,
    tell,
    unfinish,
)
from server.drawings.export.manifest import manifest_of, packed
from server.drawings.export.options import ExportOptions
from server.drawings.filter import DrawingFilter
from server.drawings.formats import FORMATS, Provenance
from server.drawings.formats.part_file import PartFile
from server.drawings.selection import WITHOUT_TIMES


class NothingToExport(Exception):
    """No drawing is wanted by the export: the folder was not touched. Its arguments are the reasons."""


async def begin(
    dataset: Dataset,
    folder: Path,
    options: ExportOptions,
    resume: bool,
    force: Callable[[str], None] | None = None,
    allow_empty: bool = False,
) -> Journal:
    """Take up an interrupted export with the same options, or begin anew. Nothing that lies there is touched.

    Resuming removes files that hold drawings which were erased since, to write them anew. `force` is told what will be
    replaced that is not an export's; without it that is refused. Raises InTheWay, NothingToExport, ValueError, OSError,
    StoreAway.
    """
    journal = read_journal(folder) if resume else None
    if journal is not None and journal.options != options:
        raise ValueError(
            f"{folder} holds an unfinished export with other options; resume that one, or leave out --resume"
        )
    if journal is None:
        now = time.time() * 1000
        wanted = options.filter(now)
        words = await dataset.words(wanted)
        expected = sum([await dataset.count_of(word, wanted) for word in words])
        state = (await dataset.tombstones.state()).decode()
        journal = Journal(options, now, secrets.token_hex(16), list(words), expected, compared=state)
        journal.replaces = sorted(owned(folder) - {JOURNAL, KEYS})
        if not allow_empty and not await _any_taken(dataset, journal):
            away = [f"the archive {folder} is not there now" for folder in await dataset.archives.missing()]
            damaged = [f"{path} of an archive cannot be read ({why})" for path, why in dataset.archives.damaged.items()]
            raise NothingToExport(*await _why_nothing(dataset, journal), *away, *damaged)
    else:
        await drop_erased(folder, journal, dataset.tombstones)
        clear_parts(folder, journal)
    foreign = in_the_way(folder, journal)
    journal.foreign = [one.name for one in foreign]
    await _refuse(dataset, folder, journal, foreign, force)
    return journal


async def _refuse(
    dataset: Dataset, folder: Path, journal: Journal, foreign: list[Foreign], force: Callable[[str], None] | None
) -> None:
    """Refuse what is in the way of a word that has drawings, but for what is forced. Raises InTheWay, StoreAway."""
    empty = {
        word for word in {one.word for one in foreign} if word and not await _taken(dataset, journal, word, Counter())
    }
    foreign = [one for one in foreign if one.word not in empty]
    if foreign and force is None:
        raise InTheWay(
            f"{folder} holds what is not an export's: {tell([one.name for one in foreign])}. Choose another folder, move "
            "them away, or let --force replace those that are files"
        )
    if folders := [one.name for one in foreign if one.folder]:
        raise InTheWay(
            f"{folder} holds folders with what is not an export's: {tell(folders)}. --force replaces files only: choose "
            "another folder, or move them away"
        )
    if foreign and force is not None:
        force(f"Replacing in {folder}: {', '.join(one.name for one in foreign)}")


async def _taken(dataset: Dataset, journal: Journal, word: str, left_out: Counter[str]) -> bool:
    """Say whether anything of a word is exported."""
    selection = replace(journal.options.selection(journal.now), dedup=False, sample=None)
    async for _ in selection.of_word(dataset, word, left_out):
        return True
    return False


async def _any_taken(dataset: Dataset, journal: Journal) -> bool:
    for word in journal.words:
        left_out = Counter[str]()
        if await _taken(dataset, journal, word, left_out):
            return True
        journal.left_out[word] = dict(left_out)
    return False


async def _why_nothing(dataset: Dataset, journal: Journal) -> list[str]:
    if any(WITHOUT_TIMES in reasons for reasons in journal.left_out.values()):
        return ["the drawings have no times (--untimed exports them)"]
    return await why_empty(dataset, journal.options.filter(journal.now))


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
    if not journal.passed:
        remove(folder / KEYS)  # an earlier export's, or what is forced
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
        complete = [part.complete() for part in parts.values()]
        if any(complete):
            unfinish(folder)
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
    why = [] if files else await _why_nothing(dataset, journal)
    manifest = manifest_of(journal, files, missing, damaged, why)
    if journal.replaces:
        unfinish(folder)
    clear(folder, {MANIFEST, JOURNAL, KEYS, *journal.card, *(file.file for file in files)})
    journal.replaces = []
    if journal.card:
        put(folder / CARD, card_of(manifest).encode())
    put(folder / MANIFEST, packed(manifest))
    if renewable:
        save_journal(folder, journal)
    else:
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
