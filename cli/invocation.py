"""What every command is called with: the options that all have, the target they choose, and the screen."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.targets import Choice, Target, find_target
from contracts.documents import plain
from functions.adapters.errors import AwsError
from localcloud.display import console
from localcloud.errors import LocalCloudError, NotRunningError
from traindrop import Client, TraindropError

SHARED_PANEL = "Which Traindrop, and how"
Command = Callable[..., IntEnum]


def _option(*names: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=SHARED_PANEL)


SHARED: Mapping[str, tuple[Any, Any]] = {
    "stack": (
        Annotated[str, _option("--stack", help="A stack on AWS; remembered.")],
        "",
    ),
    "region": (Annotated[str, _option("--region", help="Its AWS region.")], ""),
    "profile": (
        Annotated[str, _option("--profile", help="The AWS profile to use.")],
        "",
    ),
    "local": (
        Annotated[bool, _option("--local", help="The local cloud; remembered.")],
        False,
    ),
    "state": (
        Annotated[str, _option("--state", help="Folder of the local cloud.")],
        "",
    ),
    "as_json": (
        Annotated[bool, _option("--json", help="Print JSON, for programs.")],
        False,
    ),
    "yes": (
        Annotated[bool, _option("--yes", "-y", help="Answer every question with yes.")],
        False,
    ),
}
"""The options of every command: name of the parameter -> its annotation and default."""


@dataclass
class Invocation:
    """One call of a command. Where `as_json`, standard output holds JSON and nothing else."""

    choice: Choice = field(default_factory=Choice)
    as_json: bool = False
    yes: bool = False
    screen: Console = field(default_factory=console)
    """Of standard output."""
    notes: Console = field(default_factory=lambda: console(stderr=True))
    """Of standard error: what is neither the result nor part of it."""

    @cached_property
    def target(self) -> Target:
        return find_target(self.choice)

    @cached_property
    def api(self) -> Client:
        return self.target.api()

    def write(self, text: str = "") -> None:
        """A line of the result, for people."""
        if not self.as_json:
            self.screen.print(text, markup=False, soft_wrap=True)

    def show(self, picture: Any) -> None:
        """A table or another picture of rich's."""
        if not self.as_json:
            self.screen.print(picture)

    def note(self, text: str) -> None:
        self.notes.print(text, markup=False, soft_wrap=True)

    def write_json(self, document: Any) -> None:
        """The result for programs, where they want it."""
        if self.as_json:
            text = json.dumps(plain(document), indent=2, ensure_ascii=False)
            print(text, flush=True)

    def confirm(self, question: str, *, default: bool = False) -> None:
        """Raises `CommandError` where the user does not agree, or there is nobody to ask."""
        if self.yes:
            return
        answer = self._ask(question, "[Y/n]" if default else "[y/N]").lower()
        if not (answer in {"y", "yes"} or (default and not answer)):
            raise CommandError("Nothing was done.")

    def confirm_name(self, name: str, question: str) -> None:
        """As `confirm`, but the user has to type a name."""
        if self.yes:
            return
        answer = self._ask(question, f"Type {name} to go on:")
        if answer != name:
            raise CommandError(f"expected {name}; found {answer!r}. Nothing was done.")

    def _ask(self, question: str, prompt: str) -> str:
        """The answer; the end of the input is a no."""
        if not sys.stdin.isatty():
            raise CommandError(
                "expected a terminal to ask on, or --yes; found neither. Nothing was done. "
                f"The question was: {question}"
            )
        text = f"{question} {prompt} "
        self.notes.print(text, markup=False, end="", soft_wrap=True)
        try:
            return input().strip()
        except EOFError:
            return "no"


def invoked(command: Command) -> Callable[..., None]:
    """The command for typer: with the shared options in place of its first parameter, an `Invocation`.

    Errors become a sentence on standard error and an exit code.
    """
    signature = inspect.signature(command)
    hints = get_type_hints(command, include_extras=True)
    own = list(signature.parameters.values())[1:]
    shared = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint
        )
        for name, (hint, default) in SHARED.items()
    ]

    @functools.wraps(command)
    def call(**values: Any) -> None:
        options = {name: values.pop(name) for name in SHARED}
        as_json, yes = options.pop("as_json"), options.pop("yes")
        invocation = Invocation(Choice(**options), as_json, yes)
        raise typer.Exit(run(invocation, functools.partial(command, **values)))

    typed = [item.replace(annotation=hints[item.name]) for item in own]
    parameters = [
        item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in typed
    ] + shared
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {item.name: item.annotation for item in parameters}
    return call


def run(invocation: Invocation, command: Command) -> int:
    """The exit code of the command, after its error where it ends with one."""
    try:
        return int(command(invocation))
    except CommandError as error:
        _report(invocation, str(error))
        return int(error.code)
    except NotRunningError as error:
        _report(invocation, str(error))
        return int(ExitCode.NOT_RUNNING)
    except (TraindropError, LocalCloudError, AwsError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        else:
            _report(invocation, str(error))
        return int(ExitCode.ERROR)
    except (ClientError, BotoCoreError) as error:
        _report(invocation, f"{error}. Check your AWS credentials and their rights.")
        return int(ExitCode.ERROR)
    except KeyboardInterrupt:
        invocation.note("interrupted")
        return int(ExitCode.INTERRUPTED)


def _report(invocation: Invocation, message: str) -> None:
    invocation.note(f"traindrop: {message}")


def resolved(path: str) -> Path:
    return Path(path).expanduser().resolve()
