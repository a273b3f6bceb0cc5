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
from server.drawings.export.dataset_card import render_dataset_card
from server.drawings.export.folder.erased import drop_files_with_erased, write_keys_file
from server.drawings.export.folder.files import (
    EXPORT_CARD_FILE,
    JOURNAL_FILE,
    KEYS_FOLDER,
    MANIFEST_FILE,
    remove_path,
    write_atomically,
)
from server.drawings.export.folder.journal import ExportFileEntry, ExportJournal, read_journal, write_journal
from server.drawings.export.folder.lock import ForeignFilesInTheWay
from server.drawings.export.folder.ownership import (
    ForeignEntry,
    find_foreign_entries,
    list_owned_names,
    remove_manifest,
    remove_owned_files,
    remove_part_files,
    summarize_names,
)
from server.drawings.export.manifest import build_manifest, encode_manifest
from server.drawings.export.options import ExportOptions
from server.drawings.export.part_file import PartFile
from server.drawings.export.selection import WITHOUT_TIMES
from server.drawings.filter import DrawingFilter
from server.drawings.formats.registry import EXPORT_FORMATS
from server.drawings.formats.writer import Provenance


class NothingToExport(Exception):
    """No drawing is wanted by the export: the folder was not touched. Its arguments are the reasons."""


async def begin_export(
    dataset: Dataset,
    folder: Path,
    options: ExportOptions,
    resume: bool,
    force: Callable[[str], None] | None = None,
    allow_empty: bool = False,
) -> ExportJournal:
    """Take up an interrupted export with the same options, or begin anew. Nothing that lies there is touched.

    Resuming removes files that hold drawings which were erased since, to write them anew. `force` is told what will be
    replaced that is not an export's; without it that is refused. Raises ForeignFilesInTheWay, NothingToExport, ValueError, OSError,
    StoreUnavailable.
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
        journal = ExportJournal(options, now, secrets.token_hex(16), list(words), expected, compared=state)
        journal.replaces = sorted(list_owned_names(folder) - {JOURNAL_FILE, KEYS_FOLDER})
        if not allow_empty and not await _takes_any_of_any_word(dataset, journal):
            away = [f"the archive {folder} is not there now" for folder in await dataset.archives.missing()]
            damaged = [f"{path} of an archive cannot be read ({why})" for path, why in dataset.archives.damaged.items()]
            raise NothingToExport(*await _explain_nothing(dataset, journal), *away, *damaged)
    else:
        await drop_files_with_erased(folder, journal, dataset.tombstones)
        remove_part_files(folder, journal)
    foreign = find_foreign_entries(folder, journal)
    journal.foreign = [one.name for one in foreign]
    await _refuse_foreign_entries(dataset, folder, journal, foreign, force)
    return journal


async def _refuse_foreign_entries(
    dataset: Dataset,
    folder: Path,
    journal: ExportJournal,
    foreign: list[ForeignEntry],
    force: Callable[[str], None] | None,
) -> None:
    """Refuse what is in the way of a word that has drawings, but for what is forced. Raises ForeignFilesInTheWay, StoreUnavailable."""
    empty = {
        word
        for word in {one.word for one in foreign}
        if word and not await _takes_any(dataset, journal, word, Counter())
    }
    foreign = [one for one in foreign if one.word not in empty]
    if foreign and force is None:
        raise ForeignFilesInTheWay(
            f"{folder} holds what is not an export's: {summarize_names([one.name for one in foreign])}. Choose another folder, move "
            "them away, or let --force replace those that are files"
        )
    if folders := [one.name for one in foreign if one.folder]:
        raise ForeignFilesInTheWay(
            f"{folder} holds folders with what is not an export's: {summarize_names(folders)}. --force replaces files only: choose "
            "another folder, or move them away"
        )
    if foreign and force is not None:
        force(f"Replacing in {folder}: {', '.join(one.name for one in foreign)}")


async def _takes_any(dataset: Dataset, journal: ExportJournal, word: str, left_out: Counter[str]) -> bool:
    """Say whether anything of a word is exported."""
    selection = replace(journal.options.selection(journal.now), dedup=False, sample=None)
    async for _ in selection.of_word(dataset, word, left_out):
        return True
    return False


async def _takes_any_of_any_word(dataset: Dataset, journal: ExportJournal) -> bool:
    for word in journal.words:
        left_out = Counter[str]()
        if await _takes_any(dataset, journal, word, left_out):
            return True
        journal.left_out[word] = dict(left_out)
    return False


async def _explain_nothing(dataset: Dataset, journal: ExportJournal) -> list[str]:
    if any(WITHOUT_TIMES in reasons for reasons in journal.left_out.values()):
        return ["the drawings have no times (--untimed exports them)"]
    return await explain_empty_filter(dataset, journal.options.filter(journal.now))


async def write_export(
    dataset: Dataset,
    folder: Path,
    journal: ExportJournal,
    advance: Callable[[], None],
    done: Callable[[ExportFileEntry], None],
    renewable: bool = False,
) -> dict[str, Any]:
    """Write what is missing, then the manifest; returns it.

    `renewable` leaves the journal, so that resuming later drops what was erased meanwhile. Raises OSError, with nothing
    half-written but the journal.
    """
    if not journal.passed:
        remove_path(folder / KEYS_FOLDER)  # an earlier export's, or what is forced
    write_journal(folder, journal)
    while True:
        for word in journal.words:
            if word not in journal.passed:
                await _write_word(dataset, folder, journal, word, advance, done)
        # Drawings that were erased while this was written are in no file of it.
        if not await drop_files_with_erased(folder, journal, dataset.tombstones):
            break
    return await _finish_export(dataset, folder, journal, renewable)


async def _write_word(
    dataset: Dataset,
    folder: Path,
    journal: ExportJournal,
    word: str,
    advance: Callable[[], None],
    done: Callable[[ExportFileEntry], None],
) -> None:
    options, left_out = journal.options, Counter[str]()
    kind = EXPORT_FORMATS[options.format]
    provenance = Provenance(options.provenance, journal.alias, options.part_of)
    parts = {
        part: PartFile(folder, journal.target(word, part), lambda path: kind.open(path, provenance))
        for part in options.parts
    }
    try:
        async for record in options.selection(journal.now).of_word(dataset, word, left_out, advance):
            parts["" if "" in parts else options.part_of(record)].add(record)
        complete = [part.complete() for part in parts.values()]
        if any(complete):
            remove_manifest(folder)
        files = [(file, part.keys) for name, part in parts.items() if (file := part.close(word, name)) is not None]
    except BaseException:
        for part in parts.values():
            part.abandon()
        raise
    journal.passed.append(word)
    journal.left_out[word] = dict(left_out)
    for file, keys in files:
        write_keys_file(folder, file, keys)
        journal.files.append(file)
        done(file)
    write_journal(folder, journal)


async def _finish_export(dataset: Dataset, folder: Path, journal: ExportJournal, renewable: bool) -> dict[str, Any]:
    rank_of = {word: rank for rank, word in enumerate(journal.words)}
    files = sorted(journal.files, key=lambda file: rank_of[file.word])
    missing = await dataset.archives.missing()
    damaged = [f"{path}: {why}" for path, why in dataset.archives.damaged.items()]
    why = [] if files else await _explain_nothing(dataset, journal)
    manifest = build_manifest(journal, files, missing, damaged, why)
    if journal.replaces:
        remove_manifest(folder)
    remove_owned_files(
        folder, {MANIFEST_FILE, JOURNAL_FILE, KEYS_FOLDER, *journal.card, *(file.file for file in files)}
    )
    journal.replaces = []
    if journal.card:
        write_atomically(folder / EXPORT_CARD_FILE, render_dataset_card(manifest).encode())
    write_atomically(folder / MANIFEST_FILE, encode_manifest(manifest))
    if renewable:
        write_journal(folder, journal)
    else:
        remove_path(folder / KEYS_FOLDER)
        (folder / JOURNAL_FILE).unlink()
    return manifest


async def explain_empty_filter(dataset: Dataset, wanted: DrawingFilter) -> list[str]:
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
        if filter != wanted and await _finds_any(dataset, filter):
            reasons.append(f"{name} leaves none (without it there are some)")
    if not reasons:
        any_left = await _finds_any(dataset, DrawingFilter(words=wanted.words, source="any", until=wanted.until))
        reasons.append(
            "the filters together leave none" if any_left else "no drawing is exportable (held, removed or erased)"
        )
    return reasons


async def _finds_any(dataset: Dataset, wanted: DrawingFilter) -> bool:
    async for _ in dataset.all(wanted):
        return True
    return False
