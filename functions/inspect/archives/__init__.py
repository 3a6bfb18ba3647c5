"""Archives of data files: what is in them is read as if it had been uploaded.

Everything is unpacked to disk under numbers, never under a path that an archive names, and within limits. An archive
of a model stays as it is: it is deployed, or refused with what to do.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.drop import DropFile, is_junk
from functions.common.text import counted, quoted
from functions.inspect.archives import tar_archive, zip_archive
from functions.inspect.archives.base import Entry, damaged
from functions.inspect.common.parts import CODE, SETTINGS_NAMES
from functions.inspect.common.unpacked_size import BINARY
from functions.inspect.formats import UnreadableError
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.sources import Opener
from inference.packaging import WEIGHTS

MAX_BYTES = 3 * 2**30
"""Of all archives of a drop when unpacked: the disk has room for one, its files and the rows made of them."""
MAX_ENTRIES = 200_000
_COPY_BYTES = 2**20
_ZIP = (".zip",)
_TAR = (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")
_NESTED = (*_ZIP, *_TAR, ".7z", ".rar")
_MODEL_FILES = frozenset({"config.json", "tokenizer.json", "tokenizer_config.json"})
_UPLOAD_FILES = "Upload the files themselves instead of the archive."

_DAMAGES = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
)


@dataclass(frozen=True)
class UnpackedFiles:
    """The data of a drop with the files of its archives; `paths` are where those are on disk, by key."""

    data: tuple[DropFile, ...]
    paths: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class _ModelArchiveError(Exception):
    """The archive holds a model."""


def unpack(
    data: Sequence[DropFile], open_file: Opener, folder: Path
) -> UnpackedFiles | Problem:
    """Unpacks the archives among the data files of a drop below `folder`."""
    if not any(_is_candidate(file) for file in data):
        return UnpackedFiles(tuple(data))
    unpacking = _Unpacking(open_file, folder)
    others: list[DropFile] = []
    for file in data:
        try:
            if not _is_candidate(file) or not unpacking.add(file):
                others.append(file)
        except UnreadableError as error:
            return replace(error.problem, file=error.problem.file or file.name)
    files = _renamed(unpacking.archives, others)
    return UnpackedFiles((*others, *files), unpacking.paths, tuple(unpacking.notes()))


def _is_candidate(file: DropFile) -> bool:
    """Whether it may be an archive of data; one called `model` is a model's."""
    name = file.name.lower()
    is_model = PurePosixPath(name).name.startswith("model.")
    return name.endswith((*_ZIP, *_TAR)) and not is_model


class _Unpacking:
    """The archives unpacked so far, archive -> its files."""

    def __init__(self, open_file: Opener, folder: Path) -> None:
        self._open = open_file
        self._folder = folder / "unpacked"
        self._folder.mkdir()
        self._bytes = 0
        self.archives: dict[DropFile, list[DropFile]] = {}
        self.paths: dict[str, Path] = {}

    def add(self, archive: DropFile) -> bool:
        """Whether the archive holds data; of a model nothing is kept."""
        files: list[DropFile] = []
        faults: list[Problem] = []
        try:
            with self._open(archive) as stream:
                for entry in self._entries(archive, stream):
                    if is_junk(_path(entry)):
                        continue
                    if problem := _fault(entry):
                        faults.append(problem)
                    else:
                        files.append(self._unpacked(archive, entry, len(files)))
        except _ModelArchiveError:
            for file in files:
                self.paths.pop(file.stored.key).unlink()
            return False
        if not files:
            faults.append(
                Problem("an archive of data files", "an empty one", "Pack the files.")
            )
        if faults:
            raise UnreadableError(faults[0])
        self.archives[archive] = files
        return True

    def notes(self) -> Iterator[str]:
        for archive, files in self.archives.items():
            yield f"Unpacked {archive.name}: {counted(len(files), 'file')}."

    def _entries(self, archive: DropFile, stream: BinaryIO) -> Iterator[Entry]:
        if archive.name.lower().endswith(_ZIP):
            return zip_archive.entries(stream, self._folder / "archive")
        return tar_archive.entries(stream)

    def _unpacked(self, archive: DropFile, entry: Entry, count: int) -> DropFile:
        name = _path(entry)
        if count >= MAX_ENTRIES:
            limit = f"at most {MAX_ENTRIES:,} files in an archive"
            raise UnreadableError(
                Problem(limit, "more", "Write the rows into one table.")
            )
        key = f"{archive.stored.key}!{name}"
        if key in self.paths:
            actual = f"two called {quoted(name)}"
            raise UnreadableError(
                Problem("files of different names", actual, _UPLOAD_FILES)
            )
        path = self._folder / f"{len(self.paths)}"
        size = self._write(archive, entry, path)
        self.paths[key] = path
        return DropFile(name, replace(archive.stored, key=key, size=size))

    def _write(self, archive: DropFile, entry: Entry, path: Path) -> int:
        size = 0
        ratio_limit = BINARY.of(archive.stored.size)
        with path.open("wb") as target, _damage(archive), entry.open() as source:
            while chunk := source.read(_COPY_BYTES):
                size += len(chunk)
                self._bytes += len(chunk)
                if self._bytes > min(MAX_BYTES, ratio_limit):
                    raise _too_large()
                target.write(chunk)
        if size != entry.size:
            raise damaged("whole", f"{entry.name} ends too early")
        return size


@contextmanager
def _damage(archive: DropFile) -> Iterator[None]:
    """Whatever cannot be unpacked in an entry is raised as `UnreadableError`."""
    try:
        yield
    except (*_DAMAGES, OSError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # of the disk
        kind = "ZIP" if archive.name.lower().endswith(_ZIP) else "tar"
        raise damaged(kind, error) from error


def _too_large() -> UnreadableError:
    limit = f"archives that unpack to at most {MAX_BYTES // 2**30} GiB"
    return UnreadableError(Problem(limit, "one that unpacks to more", _UPLOAD_FILES))


def _path(entry: Entry) -> str:
    """`a/b.csv` of `./a/b.csv`; some programs write backslashes."""
    return str(PurePosixPath(entry.name.replace("\\", "/")))


def _fault(entry: Entry) -> Problem | None:
    """Why an entry makes the archive none of data. Raises `_ModelArchiveError` for a file of a model."""
    name = _path(entry)
    path = PurePosixPath(name)
    if path.name in _MODEL_FILES or path.name.endswith(WEIGHTS):
        raise _ModelArchiveError
    if entry.fault:
        actual = f"{entry.fault}, {quoted(name)}"
        return Problem("plain files in the archive", actual, _UPLOAD_FILES)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return Problem(
            "paths that stay inside the archive", quoted(name), _UPLOAD_FILES
        )
    if name.lower().endswith(_NESTED):
        actual = f"another archive in it, {quoted(name)}"
        return Problem("an archive of data files", actual, _UPLOAD_FILES)
    if path.name in SETTINGS_NAMES or CODE in f"{path.parent}/":
        remedy = f"Upload {quoted(path.name)} beside the archive, not inside it."
        return Problem("an archive of data files", f"{quoted(name)} in it", remedy)
    return None


def _renamed(
    archives: Mapping[DropFile, Sequence[DropFile]], others: Sequence[DropFile]
) -> Iterator[DropFile]:
    """The files under their names; below the archive's name where that is a split's, or where names would collide."""
    names = Counter(file.name for files in archives.values() for file in files)
    names.update(file.name for file in others)
    stems = {archive: _stem(archive) for archive in archives}
    are_splits = any(
        PurePosixPath(stem).stem.lower() in SPLITS for stem in stems.values()
    )
    keeps_names = max(names.values()) == 1 and not (are_splits and len(names) > 1)
    for archive, files in archives.items():
        for file in files:
            yield file if keeps_names else _below(stems[archive], file, len(files))


def _stem(archive: DropFile) -> str:
    """`train.csv` of `train.csv.zip`."""
    for ending in sorted((*_ZIP, *_TAR), key=len, reverse=True):
        if archive.name.lower().endswith(ending):
            return archive.name[: -len(ending)]
    return archive.name


def _below(stem: str, file: DropFile, count: int) -> DropFile:
    """`train/a.csv` for a file of train.zip, `train.csv` for its only one."""
    name = PurePosixPath(file.name).name
    if count > 1:
        return replace(file, name=f"{stem}/{name}")
    plain = PurePosixPath(stem)
    base = (
        str(plain.with_suffix(""))
        if plain.suffix == PurePosixPath(name).suffix
        else stem
    )
    return replace(file, name=f"{base}.{file.extension}" if file.extension else base)
