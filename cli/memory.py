"""What the command remembers between calls, in one file of the user's: which stack or local cloud it talks to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cli.errors import CommandError

LOCAL, STACK = "local", "stack"
_FILE = Path("traindrop", "command.json")


@dataclass(frozen=True)
class Memory:
    """`target` is `local`, `stack`, or empty before the first choice."""

    target: str = ""
    stack: str = ""
    region: str = ""
    profile: str = ""
    state: str = ""
    """The folder of the local cloud."""
    checkout: str = ""
    """The folder of Traindrop's repository, for commands that need its sources."""


def memory_file(variables: Mapping[str, str] | None = None) -> Path:
    """By `XDG_CONFIG_HOME`, else in `~/.config`."""
    variables = os.environ if variables is None else variables
    folder = variables.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / _FILE


def recall() -> Memory:
    """Raises `CommandError` where the file is damaged."""
    path = memory_file()
    try:
        return Memory(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(
            f"expected {path} as this command writes it; found something else ({error}). "
            "It holds only which stack you chose: remove it."
        ) from error


def remember(**changes: str) -> Memory:
    """Changes fields, and writes them where anything changed. A folder that is not writable costs no command."""
    before = recall()
    memory = replace(before, **changes)
    if memory != before:
        path = memory_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(asdict(memory), indent=2) + "\n", "utf-8")
        except OSError:
            return memory
    return memory
