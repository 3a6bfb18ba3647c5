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
    """One line of the table: a pattern of repository names, and how such images run here.

    A training image without a command runs the user's script as the SageMaker training toolkit does.
    """

    pattern: str
    role: Role
    command: tuple[str, ...] = ()
    """`{python}` stands for the image's interpreter."""
    toolkit: str = "5.1.1"
    """Release of `sagemaker-training` in the image: before 5.1.3 a shell reads the script's arguments again."""
    interpreter: str = ""
    """The interpreter that stands for the image's own; empty for the one that runs this."""
    is_container: bool = False
    """Whether `command` is the image's own launcher, which does all that is done for it here otherwise."""

    @property
    def python(self) -> str:
        return self.interpreter or sys.executable

    def program(self) -> list[str]:
        """The command with the image's interpreter in it."""
        return [self.python if word == "{python}" else word for word in self.command]


@dataclass(frozen=True)
class Images:
    """The table, searched from the top."""

    entries: tuple[Image, ...]

    def find(self, uri: str, role: Role) -> Image:
        """The entry for an image URI. Raises `UnknownImageError`, which lists the known ones."""
        name = repository(uri)
        entries = [entry for entry in self.entries if entry.role == role]
        for entry in entries:
            if fnmatchcase(name, entry.pattern):
                return entry
        patterns = ", ".join(entry.pattern for entry in entries)
        raise UnknownImageError(
            f"the local cloud has no {role} image for {uri!r} (repository {name!r}). It can stand in for: {patterns}."
        )

    def with_file(self, path: Path) -> Images:
        """This table with the entries of a JSON file in front.

        The file is a list of `{"pattern", "role", "command", "toolkit"}`; the last two may be left out.
        """
        added = []
        for entry in json.loads(path.read_text()):
            command = tuple(entry.get("command", ()))
            toolkit = entry.get("toolkit", Image.toolkit)
            added.append(Image(entry["pattern"], entry["role"], command, toolkit))
        return Images((*added, *self.entries))


def repository(uri: str) -> str:
    """The last part of the repository's name in an image URI, without registry, tag and digest."""
    without_digest = uri.split("@", maxsplit=1)[0]
    name_and_tag = without_digest.rsplit("/", 1)[-1]
    return name_and_tag.split(":", maxsplit=1)[0]


MODEL_SERVER = ("{python}", "-m", "inference.server")

DEFAULT_IMAGES = Images(
    (
        Image("huggingface-pytorch-training", "training"),
        Image("pytorch-training", "training"),
        Image("huggingface-pytorch-inference", "inference", MODEL_SERVER),
        # Users' own images: no container is started here, and the server is the one that they hold.
        Image("*inference*", "inference", MODEL_SERVER),
        Image("*serving*", "inference", MODEL_SERVER),
        Image("*traindrop*", "inference", MODEL_SERVER),
    )
)
