"""`model.tar.gz`, as the hosting containers want it: looked through, and given the code that serves it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from contracts.locations import CODE_PREFIX
from contracts.problems import Problem
from functions.common.tar_members import TarLimitError, members
from functions.common.text import listed
from functions.inspect.common.unpacked_size import BINARY
from functions.inspect.common.user_code import MAX_BYTES as MAX_CODE_BYTES
from functions.inspect.layouts.model_archive import PACK
from inference.packaging import PACKAGES, WEIGHTS, has_tokenizer, has_weights

MAX_BYTES = 4 * 2**30
"""The function has 10 GB of disk for the archive and its copy."""
MAX_UNPACKED = 30 * 2**30
MAX_ENTRIES = 20_000
_KEPT_BYTES = 4 * 2**20
_COMPRESS = 1
"""Weights hardly compress: more would only take longer."""
CONFIG = "config.json"
_OURS = tuple(f"code/{package}/" for package in PACKAGES.values())
"""Where they are written, nothing is kept of another release."""


@dataclass
class Contents:
    """What an archive holds: names with sizes, the small files that tell what it is, and its code."""

    sizes: dict[str, int] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    code: dict[str, bytes] = field(default_factory=dict)

    @property
    def top(self) -> set[str]:
        return {name for name in self.sizes if "/" not in name}


def look_through(path: Path, name: str) -> Contents | Problem:
    """Reads the whole archive, so that damage anywhere is found now; `name` is the file's, for messages."""
    contents = Contents()
    max_unpacked = min(MAX_UNPACKED, BINARY.of(path.stat().st_size))
    try:
        with gzip.open(path) as unpacked:
            if problem := _members(unpacked, contents, max_unpacked):
                return replace(problem, file=name)
            rest = 0
            while chunk := unpacked.read(2**20):
                """To the checksum at the end, which tarfile does not look at."""
                rest += len(chunk)
                if rest > BINARY.free_bytes:
                    return Problem(
                        "nothing behind the end of the archive", "more", PACK, file=name
                    )
    except TarLimitError as error:
        return Problem("an archive of a model", str(error), PACK, file=name)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        remedy = f"Upload it again if it was cut off. {PACK}"
        return Problem(
            "a complete tar archive, compressed with gzip",
            f"a damaged one ({error})",
            remedy,
            file=name,
        )
    except _BadConfigError as error:
        return Problem(
            f"JSON in {CONFIG}",
            str(error),
            "Save the model again with save_pretrained.",
            file=name,
        )
    return contents


def _members(
    unpacked: gzip.GzipFile, contents: Contents, max_unpacked: int
) -> Problem | None:
    total = code_bytes = 0
    for archive, member in members(cast(BinaryIO, unpacked), MAX_ENTRIES):
        if unsafe := _unsafe(member):
            return Problem("paths that stay inside the archive", unsafe, PACK)
        total += member.size
        if total > max_unpacked:
            return Problem(
                f"at most {max_unpacked:,} bytes when unpacked", "more", PACK
            )
        if plain(member.name).startswith(CODE_PREFIX):
            code_bytes += member.size
        if code_bytes > MAX_CODE_BYTES:
            remedy = "Keep data and weights out of code/: install packages by requirements.txt."
            return Problem(
                f"at most {MAX_CODE_BYTES // 2**20} MiB below code/", "more", remedy
            )
        if member.isfile():
            _note(contents, archive, member)
    return None


class _BadConfigError(ValueError):
    """`config.json` is no JSON object."""


def plain(name: str) -> str:
    """`./config.json` as `config.json`."""
    return str(PurePosixPath(name))


def _unsafe(member: tarfile.TarInfo) -> str:
    parts = PurePosixPath(member.name).parts
    if member.name.startswith("/") or ".." in parts:
        return repr(member.name)
    if member.issym() or member.islnk():
        return f"the link {member.name!r} to {member.linkname!r}"
    return (
        ""
        if member.isfile() or member.isdir()
        else f"{member.name!r}, which is no file"
    )


def _note(
    contents: Contents, archive: tarfile.TarFile, member: tarfile.TarInfo
) -> None:
    name = plain(member.name)
    contents.sizes[name] = member.size
    if (
        name != CONFIG and not name.startswith(CODE_PREFIX)
    ) or member.size > _KEPT_BYTES:
        return
    stream = archive.extractfile(member)
    content = stream.read() if stream else b""
    if name == CONFIG:
        contents.config = _config(content)
    else:
        contents.code[name] = content


def _config(content: bytes) -> dict[str, Any]:
    try:
        config = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _BadConfigError(str(error)) from None
    if not isinstance(config, dict):
        raise _BadConfigError(f"a {type(config).__name__}")
    return config


def missing(contents: Contents, name: str) -> Problem | None:
    """What an archive lacks that is served by Traindrop's code or the container's own."""
    if CONFIG not in contents.top:
        inner = sorted(
            {
                PurePosixPath(path).parts[0]
                for path in contents.sizes
                if path.endswith(f"/{CONFIG}")
            }
        )
        held = listed(sorted(contents.sizes)) or "nothing"
        nested = (
            f"Pack the files themselves: tar -C {inner[0]} -czf model.tar.gz ."
            if inner
            else PACK
        )
        return Problem(f"{CONFIG} at the top of the archive", held, nested, file=name)
    if not has_weights(contents.top):
        remedy = "Save the model with save_pretrained, and pack all that it writes."
        return Problem(
            f"weights ({', '.join(WEIGHTS)}) beside {CONFIG}",
            listed(sorted(contents.top)),
            remedy,
            file=name,
        )
    if not has_tokenizer(contents.top, architectures_of(contents.config)):
        remedy = "Save it beside the model: tokenizer.save_pretrained(folder)."
        return Problem(
            f"a tokenizer with its vocabulary beside {CONFIG}",
            listed(sorted(contents.top)),
            remedy,
            file=name,
        )
    return None


def architectures_of(config: Mapping[str, Any]) -> list[str]:
    """The model classes that a config names; none where it names something else."""
    names = config.get("architectures")
    return (
        [name for name in names if isinstance(name, str)]
        if isinstance(names, list)
        else []
    )


def labels_of(config: Mapping[str, Any]) -> list[str]:
    """The names a classifier's config gives its classes, in their order; none for the names of a new config."""
    named = config.get("id2label")
    if not isinstance(named, dict) or not all(str(key).isdecimal() for key in named):
        return []
    labels = [str(named[key]) for key in sorted(named, key=int)]
    return [] if labels == [f"LABEL_{i}" for i in range(len(labels))] else labels


Code = Mapping[str, bytes | Path]
"""Names below `code/` and what stands there."""


def write_archive(target: Path, code: Code, original: Path | None = None) -> None:
    """A new archive: this code, then the original's files, where there is one, that it does not take the place of."""
    with tarfile.open(
        target, "w:gz", compresslevel=_COMPRESS, format=tarfile.PAX_FORMAT
    ) as archive:
        for name, content in code.items():
            _add(
                archive,
                name,
                content if isinstance(content, bytes) else content.read_bytes(),
            )
        if original is not None:
            _copy(original, archive, set(code))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    archive.addfile(info, io.BytesIO(content))


def _copy(original: Path, archive: tarfile.TarFile, taken: set[str]) -> None:
    anew: tuple[str, ...] = ()
    for folder in _OURS:
        if any(name.startswith(folder) for name in taken):
            anew += (folder,)
    with gzip.open(original) as unpacked:
        for source, member in members(cast(BinaryIO, unpacked), MAX_ENTRIES):
            name = plain(member.name)
            if member.isfile() and name not in taken and not name.startswith(anew):
                info = tarfile.TarInfo(name)
                info.size, info.mode, info.mtime = member.size, 0o644, member.mtime
                archive.addfile(info, source.extractfile(member))
