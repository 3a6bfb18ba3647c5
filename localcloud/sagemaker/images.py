"""Which program stands in for which container image."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

Role = Literal["training", "inference"]


class UnknownImageError(LookupError):
    """No entry of the table matches an image."""


@dataclass(frozen=True)
class Image:
    """One line of the table: a pattern of repository names, and how they run here.

    A training image without a command runs the user's script as the SageMaker training toolkit does.
    """

    pattern: str
    role: Role
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Images:
    """The table, searched from the top."""

    entries: tuple[Image, ...]

    def find(self, uri: str, role: Role) -> Image:
        """The entry for an image URI; raises `UnknownImageError` listing the known ones."""
        name = repository(uri)
        for entry in self.entries:
            if entry.role == role and fnmatchcase(name, entry.pattern):
                return entry
        known = ", ".join(entry.pattern for entry in self.entries if entry.role == role)
        raise UnknownImageError(
            f"the local cloud has no {role} image for {uri!r} (repository {name!r}). It can stand in for: {known}."
        )

    def with_file(self, path: Path) -> Images:
        """This table with the entries of a JSON file in front: a list of `{"pattern", "role", "command"}`."""
        added = [Image(e["pattern"], e["role"], tuple(e.get("command", ()))) for e in json.loads(path.read_text())]
        return Images((*added, *self.entries))


def repository(uri: str) -> str:
    """The repository's last name in an image URI, without registry, tag and digest."""
    return uri.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]


def program(command: tuple[str, ...]) -> list[str]:
    """A command with `{python}` replaced by the running interpreter."""
    return [sys.executable if part == "{python}" else part for part in command]


MODEL_SERVER = ("{python}", "-m", "inference.server")

DEFAULT_IMAGES = Images(
    (
        Image("huggingface-pytorch-training", "training"),
        Image("pytorch-training", "training"),
        Image("huggingface-pytorch-inference", "inference", MODEL_SERVER),
        # Images of one's own: nothing here starts a container, and the server is the one that they hold.
        Image("*inference*", "inference", MODEL_SERVER),
        Image("*serving*", "inference", MODEL_SERVER),
        Image("*traindrop*", "inference", MODEL_SERVER),
    )
)
