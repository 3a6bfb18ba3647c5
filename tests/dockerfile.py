"""A Dockerfile as data: stages of instructions, with the values that `ARG` and `ENV` give."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Stage:
    """`steps` are the instructions after `FROM`, in order, variables filled in."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def last(self, instruction: str) -> str:
        return self.all(instruction)[-1]

    def command(self, instruction: str) -> list[str]:
        """Of `ENTRYPOINT`, `CMD` or `HEALTHCHECK` in their exec form."""
        text = self.last(instruction)
        words: list[str] = json.loads(text[text.index("[") :])
        return words

    def pairs(self, instruction: str) -> dict[str, str]:
        """What `ENV` and `LABEL` set."""
        words = [word for text in self.all(instruction) for word in shlex.split(text)]
        return dict(word.split("=", 1) for word in words)


def stages(text: str, **arguments: str) -> dict[str, Stage]:
    """Every stage by its name, the last one under `""`; `arguments` as `docker build --build-arg` gives them."""
    stages_so_far: list[Stage] = []
    of_all: dict[str, str] = {}
    values: dict[str, str] = of_all
    for instruction, raw in _instructions(text):
        line = _filled(raw, of_all if instruction == "FROM" else values)
        if instruction == "ARG":
            name, _, default = line.partition("=")
            values[name] = arguments.get(name, default)
        elif instruction == "FROM":
            base, _, name = line.partition(" AS ")
            stages_so_far.append(Stage(name, base))
            values = {}
        else:
            stages_so_far[-1].steps.append((instruction, line))
    return {stage.name: stage for stage in stages_so_far}


def _filled(line: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), line)


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [
        line for line in text.splitlines() if line.strip() and not line.startswith("#")
    ]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (name, rest.strip())
        for name, _, rest in (line.partition(" ") for line in whole.splitlines())
    ]


def chain(all_stages: Mapping[str, Stage], name: str) -> list[Stage]:
    """A stage and those it stands on, the first one first."""
    stage = all_stages[name]
    return [*(chain(all_stages, stage.base) if stage.base in all_stages else []), stage]


def is_sent(path: str, ignore: str) -> bool:
    """Whether a `.dockerignore` lets a file through: the last line that names it or a folder of it decides."""
    names = [path, *(folder.as_posix() for folder in Path(path).parents if folder.name)]
    sent = True
    for line in (
        line.strip()
        for line in ignore.splitlines()
        if line.strip() and not line.startswith("#")
    ):
        pattern = line.removeprefix("!")
        if any(_matches(name, pattern) for name in names):
            sent = line.startswith("!")
    return sent


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(name.rpartition("/")[2], pattern[3:])
    return name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)
