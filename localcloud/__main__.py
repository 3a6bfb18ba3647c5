"""`python -m localcloud COMMAND`: the embedded AWS with the stack on it.

Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 not running, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from localcloud import commands
from localcloud.cloud import DEFAULT_STATE
from localcloud.commands import FAILED, INTERRUPTED, NOT_RUNNING, SIGNALS
from localcloud.display import console
from localcloud.environment import CLEARED_VARIABLES
from localcloud.errors import (
    LocalCloudError,
    NotRunningError,
    disk_text,
    is_called_by_command,
)

Command = Callable[[argparse.Namespace], int]
_MAX_JOBS = (
    "training jobs that run at once; without it as many as memory and cores allow"
)


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE; found {text!r}")
    return name, value


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a number from 1 on; found {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    state = argparse.ArgumentParser(add_help=False)
    state.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        help="where everything is kept (%(default)s)",
    )
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument(
        "--pass-hf-env",
        action="store_true",
        help="give HF_* of this shell, HF_TOKEN too, to the code of every drop",
    )
    machine.add_argument(
        "--max-training-jobs",
        type=_count,
        default=0,
        metavar="N",
        help=_MAX_JOBS,
    )
    parameters = argparse.ArgumentParser(add_help=False, parents=[machine])
    parameters.add_argument(
        "--parameter",
        type=_name_and_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a parameter of the template; kept for later, an empty value forgets it",
    )
    top = argparse.ArgumentParser(
        prog="traindrop" if is_called_by_command() else "python -m localcloud",
        description="Traindrop's AWS on this machine.",
    )
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, run: Command, text: str, *more: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """`more` are parsers whose options the command has too."""
        subparser = subparsers.add_parser(
            name, help=text, description=text, parents=[state, *more]
        )
        subparser.set_defaults(run=run)
        return subparser

    add(
        "up",
        commands.up,
        "start the local cloud and deploy the stack to it",
        parameters,
    )
    add(
        "sagemaker",
        commands.sagemaker_alone,
        "start the local SageMaker, and the services that it needs, without the stack",
        machine,
    )
    add(
        "env",
        commands.env,
        'print what a shell needs: eval "$(python -m localcloud env)"',
    )
    add(
        "status",
        commands.show_status,
        "what runs, which models are live; exit code 3 when it is down",
    )
    logs = add(
        "logs",
        commands.show_logs,
        "the log of a part, a run, a training job or a function",
    )
    logs.add_argument(
        "name",
        nargs="?",
        default="engine",
        help="engine, sagemaker, deploy, RUN, JOB or FUNCTION",
    )
    logs.add_argument("-f", "--follow", action="store_true")
    down = add("down", commands.down, "stop everything; data stays")
    down.add_argument(
        "--purge", action="store_true", help="remove every drop, run and model too"
    )
    watch = add("watch", commands.show_watch, "follow a run until it ends")
    watch.add_argument("name", help="RUN or MODEL")
    interrupt = add(
        "interrupt",
        commands.interrupt,
        "take a spot job's machine away, as AWS may at any time",
    )
    interrupt.add_argument("name", help="RUN or JOB")
    demo = add(
        "demo",
        commands.show_demo,
        "real data dropped, trained, deployed and called",
        parameters,
    )
    demo.add_argument(
        "--keep", action="store_true", help="leave the cloud running afterwards"
    )
    return top


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    os.umask(0o077)
    options = parser().parse_args(arguments)
    for name in CLEARED_VARIABLES:
        os.environ.pop(name, None)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        return int(options.run(options))
    except NotRunningError as error:
        _print_error(error)
        return NOT_RUNNING
    except (LocalCloudError, ClientError, BotoCoreError, httpx.HTTPError) as error:
        _print_error(error)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        state = options.state.expanduser().resolve()
        _print_error(LocalCloudError(disk_text(state, error)))
        return FAILED
    except KeyboardInterrupt:
        console(stderr=True).print("interrupted", markup=False)
        return INTERRUPTED


def _print_error(error: Exception) -> None:
    name = "traindrop" if is_called_by_command() else "localcloud"
    console(stderr=True).print(f"{name}: {error}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
