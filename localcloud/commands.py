"""What each command of `python -m localcloud` does; every one returns its exit code."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from localcloud import demo, interruption, lifecycle, logs, status
from localcloud.clients import Api
from localcloud.cloud import DEFAULT_STATE, PARTS, Cloud, exclusive
from localcloud.display import GOOD, console, seconds_text
from localcloud.environment import shell_exports
from localcloud.errors import NotRunningError, command
from localcloud.lifecycle import Raised
from localcloud.processes import Stopped
from localcloud.watch import find_run, watch

DONE, FAILED, NOT_RUNNING, INTERRUPTED = 0, 1, 3, 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _load(options: argparse.Namespace) -> Cloud:
    return Cloud.load(options.state)


@contextmanager
def _locked(state: Path, screen: Console) -> Iterator[None]:
    with exclusive(state, lambda: screen.print(f"waiting for another command at work in {state}", markup=False)):
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Taking down is not to be stopped half-way by a second Ctrl-C."""
    before = [signal.signal(number, signal.SIG_IGN) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)


def _raise_cloud(options: argparse.Namespace, screen: Console) -> tuple[Cloud, Raised]:
    """Up, or, where that fails or is interrupted, as it was before."""
    with _locked(options.state.expanduser().resolve(), screen):
        cloud = _load(options)
        cloud.parameters = {k: v for k, v in (cloud.parameters | dict(options.parameter)).items() if v}
        raised = Raised()
        try:
            with screen.status("looking around") as spinner:
                lifecycle.up(cloud, lambda text: _say(text, spinner.update, screen), raised)
        except BaseException:
            with _uninterrupted():
                if raised.started:
                    lifecycle.down(cloud, raised.started)
            raise
        return cloud, raised


def _say(text: str, update: Callable[[str], None], screen: Console) -> None:
    if screen.is_terminal:
        update(text)
    else:
        screen.print(f"{text} …", markup=False)


def up(options: argparse.Namespace) -> int:
    screen, started = console(), time.monotonic()
    cloud, raised = _raise_cloud(options, screen)
    _tell_up(cloud, raised, time.monotonic() - started, screen)
    return DONE


def _tell_up(cloud: Cloud, raised: Raised, seconds: float, screen: Console) -> None:
    lines = [f"{up_text(raised)}, {seconds_text(seconds)}."]
    if raised.swept:
        lines.append(swept_text(raised.swept))
    lines += [
        f"  engine     {cloud.engine_url}",
        f"  SageMaker  {cloud.sagemaker_url}",
        f"  API        {cloud.api_url}",
        f"  logs       {cloud.log('engine').parent}",
        "",
        "Use it from any shell, with the AWS CLI, boto3 or curl:",
        f'  eval "$({command(f"env{_state_option(cloud)}")})"',
        "  aws s3 cp reviews.csv s3://$TRAINDROP_BUCKET/datasets/my-model/",
        f"  {command(f'watch{_state_option(cloud)} my-model')}",
        '  curl -H "x-api-key: $TRAINDROP_API_KEY" $TRAINDROP_API_URL/models/my-model/predict '
        """-d '{"inputs": "What a lovely film"}'""",
    ]
    screen.print("\n".join(lines), markup=False, soft_wrap=True)


def up_text(raised: Raised) -> str:
    deployed = "stack deployed" if raised.deployed else "stack unchanged"
    if len(raised.started) == len(PARTS):
        return f"The local cloud is up: {deployed}"
    if raised.started:
        return f"The local cloud is whole again ({', '.join(raised.started)} had ended): {deployed}"
    return f"The local cloud was up already: {deployed}"


def _state_option(cloud: Cloud) -> str:
    return "" if cloud.state == DEFAULT_STATE.resolve() else f" --state {cloud.state}"


def swept_text(swept: Mapping[str, object]) -> str:
    if swept.get("outcome") != "swept":
        return f"Looking for interrupted runs failed; the next sweep tries again: {swept.get('errorMessage', swept)}"
    done = ", ".join(f"{name} {value}" for name, value in swept.items() if name != "outcome" and value)
    return f"Swept up after the interruption: {done}." if done else "No run was interrupted."


def env(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    print(shell_exports(cloud))
    return DONE


def _require_up(cloud: Cloud) -> None:
    if missing := [part for part in PARTS if not lifecycle.running(cloud, part)]:
        raise NotRunningError(
            f"expected a running local cloud in {cloud.state}; {' and '.join(missing)} not running. "
            f"Start it: `{command(f'up{_state_option(cloud)}')}`."
        )


def show_status(options: argparse.Namespace) -> int:
    return status.show(_load(options), console())


def show_logs(options: argparse.Namespace) -> int:
    logs.show(_load(options), options.name, options.follow, lambda line: print(line, flush=True))
    return DONE


def show_watch(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    with Api(cloud) as api:
        record = watch(cloud, api, find_run(api, options.name), console())
    return DONE if record["status"] in GOOD else FAILED


def interrupt(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    job = interruption.interrupt(cloud, options.name)
    console().print(f"{job} loses its machine; it goes on from its last checkpoint on the next.", markup=False)
    return DONE


def down(options: argparse.Namespace) -> int:
    screen, state = console(), options.state.expanduser().resolve()
    if not state.is_dir():
        screen.print(f"There is no local cloud in {state}.", markup=False)
        return DONE
    if options.purge:
        lifecycle.check_purgeable(state)
    _take_down(options, screen, options.purge)
    return DONE


def _take_down(options: argparse.Namespace, screen: Console, purge: bool = False) -> None:
    started = time.monotonic()
    with _locked(options.state.expanduser().resolve(), screen), _uninterrupted():
        cloud = _load(options)
        stopped = lifecycle.down(cloud)
        if purge:
            lifecycle.purge(cloud)
    data = "its data is removed" if purge else f"its data stays in {cloud.state}"
    screen.print(f"{stopped_text(stopped)} in {seconds_text(time.monotonic() - started)}; {data}.", markup=False)


def stopped_text(stopped: Stopped) -> str:
    if not stopped.ended and not stopped.leftovers:
        return "Nothing was running: checked"
    ended = " and ".join(stopped.ended) or "no part"
    killed = f" ({', '.join(stopped.killed)} had to be killed)" if stopped.killed else ""
    more = f", and {stopped.leftovers} processes they left" if stopped.leftovers else ""
    return f"Stopped {ended}{killed}{more}; nothing runs or listens any more,"


def show_demo(options: argparse.Namespace) -> int:
    screen, started = console(), time.monotonic()
    before = _load(options)
    was_up = all(lifecycle.running(before, part) for part in PARTS)
    keep = was_up
    try:
        cloud, raised = _raise_cloud(options, screen)
        how = "stack deployed" if raised.deployed else "stack unchanged"
        screen.print(f"local cloud up, {how}: {seconds_text(time.monotonic() - started)}", markup=False)
        demo.run(cloud, screen)
        keep = keep or options.keep
        screen.print(f"the whole demo: {seconds_text(time.monotonic() - started)}", markup=False)
        if not keep:
            again = command(f"up{_state_option(cloud)}")
            screen.print(f"to go on with the model: {again} (or demo --keep)", markup=False, soft_wrap=True)
    finally:
        if not keep:
            _take_down(options, screen)
    return DONE
