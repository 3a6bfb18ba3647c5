"""What each command of `python -m localcloud` does. Every one returns its exit code."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from contracts.locations import CONSOLE_PATH
from localcloud import demo, lifecycle, logs, sagemaker_sdk, status
from localcloud.clients import Api, interrupt_job
from localcloud.cloud import DEFAULT_STATE, PARTS, LocalCloud, exclusive
from localcloud.display import GOOD_ENDINGS, console, seconds_text
from localcloud.environment import shell_exports
from localcloud.errors import NotRunningError, command_line, is_called_by_command
from localcloud.lifecycle import UpResult
from localcloud.processes import StopResult
from localcloud.watch import wait_for_run, watch

DONE, FAILED, NOT_RUNNING, INTERRUPTED = 0, 1, 3, 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _load(options: argparse.Namespace) -> LocalCloud:
    return LocalCloud.load(options.state)


def _state_folder(options: argparse.Namespace) -> Path:
    state: Path = options.state.expanduser().resolve()
    return state


@contextmanager
def _locked(state: Path, screen: Console) -> Iterator[None]:
    def on_wait() -> None:
        screen.print(f"waiting for another command at work in {state}", markup=False)

    with exclusive(state, on_wait):
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not stop a shutdown half-way."""
    before = [signal.signal(number, signal.SIG_IGN) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)


def _require_up(cloud: LocalCloud) -> None:
    """Raises `NotRunningError`."""
    missing = [name for name in PARTS if not lifecycle.is_running(cloud, name)]
    if missing:
        raise NotRunningError(
            f"expected a running local cloud in {cloud.state}; {' and '.join(missing)} not running. "
            f"Start it: `{command_line(f'up{_state_option(cloud)}')}`."
        )


def _state_option(cloud: LocalCloud) -> str:
    """` --state FOLDER` for commands in messages, where the folder is not the default one."""
    return "" if cloud.state == DEFAULT_STATE.resolve() else f" --state {cloud.state}"


# ---- up ------------------------------------------------------------------------------------------------------------


def up(options: argparse.Namespace) -> int:
    screen, started = console(), time.monotonic()
    cloud, result = _bring_up(options, screen)
    _show_up(cloud, result, time.monotonic() - started, screen)
    return DONE


def _bring_up(
    options: argparse.Namespace, screen: Console
) -> tuple[LocalCloud, UpResult]:
    """Starts and deploys what is missing. Where that fails or is interrupted, what was started is ended again."""
    with _locked(_state_folder(options), screen):
        cloud = _load(options)
        parameters = cloud.parameters | dict(options.parameter)
        cloud.parameters = {name: value for name, value in parameters.items() if value}
        cloud.pass_hf_env = options.pass_hf_env
        cloud.max_training_jobs = options.max_training_jobs
        result = UpResult()
        try:
            with screen.status("looking around") as spinner:
                lifecycle.up(
                    cloud, lambda text: _report(text, spinner.update, screen), result
                )
        except BaseException:
            with _uninterrupted():
                if result.started:
                    lifecycle.down(cloud, result.started)
            raise
        return cloud, result


def _report(text: str, update: Callable[[str], None], screen: Console) -> None:
    if screen.is_terminal:
        update(text)
    else:
        screen.print(f"{text} …", markup=False)


def _show_up(
    cloud: LocalCloud, result: UpResult, seconds: float, screen: Console
) -> None:
    lines = [f"{up_text(result)}, {seconds_text(seconds)}."]
    if result.sweep:
        lines.append(sweep_text(result.sweep))
    lines += [
        f"  engine     {cloud.engine_url}",
        f"  SageMaker  {cloud.sagemaker_url}",
        f"  API        {cloud.api_url}",
        f"  console    {cloud.api_url}{CONSOLE_PATH}",
        f"  logs       {cloud.log('engine').parent}",
        "",
        *_next_lines(cloud),
    ]
    screen.print("\n".join(lines), markup=False, soft_wrap=True)


def _next_lines(cloud: LocalCloud) -> list[str]:
    environment = f'  eval "$({command_line(f"env{_state_option(cloud)}")})"'
    if is_called_by_command():
        return [
            "Use it:",
            "  traindrop drop reviews.csv --as my-model",
            "  traindrop predict my-model 'What a lovely film'",
            f"With the AWS CLI, boto3 or curl:{environment[1:]}",
        ]
    return [
        "Use it from any shell, with the AWS CLI, boto3 or curl:",
        environment,
        "  aws s3 cp reviews.csv s3://$TRAINDROP_BUCKET/datasets/my-model/",
        f"  {command_line(f'watch{_state_option(cloud)} my-model')}",
        '  curl -H "x-api-key: $TRAINDROP_API_KEY" $TRAINDROP_API_URL/models/my-model/predict '
        """-d '{"inputs": "What a lovely film"}'""",
    ]


def up_text(result: UpResult) -> str:
    deployed = deployed_text(result)
    if len(result.started) == len(PARTS):
        return f"The local cloud is up: {deployed}"
    if result.started:
        return f"The local cloud is whole again ({', '.join(result.started)} had ended): {deployed}"
    return f"The local cloud was up already: {deployed}"


def deployed_text(result: UpResult) -> str:
    return "stack deployed" if result.deployed else "stack unchanged"


def sweep_text(sweep: Mapping[str, object]) -> str:
    """`sweep` is what the sweep function answered."""
    if sweep.get("outcome") != "swept":
        return f"Looking for interrupted runs failed; the next sweep tries again: {sweep.get('errorMessage', sweep)}"
    counts = [
        f"{name} {value}"
        for name, value in sweep.items()
        if name != "outcome" and value
    ]
    return (
        f"Swept up after the interruption: {', '.join(counts)}."
        if counts
        else "No run was interrupted."
    )


def sagemaker_alone(options: argparse.Namespace) -> int:
    """The engine and SageMaker without the stack."""
    screen = console()
    with _locked(_state_folder(options), screen):
        cloud = _load(options)
        cloud.max_training_jobs = options.max_training_jobs
        cloud.pass_hf_env = options.pass_hf_env
        started: list[str] = []
        try:
            lifecycle.start_parts(cloud, started)
            sagemaker_sdk.prepare(cloud)
        except BaseException:
            with _uninterrupted():
                if started:
                    lifecycle.down(cloud, started)
            raise
    state = _state_option(cloud)
    lines = [
        "The local SageMaker is up" + ("." if started else " already."),
        f"  SageMaker  {cloud.sagemaker_url}",
        f"  S3 and all other services  {cloud.engine_url}",
        "",
        "Use it from any shell, with the SageMaker SDK, boto3 or the AWS CLI:",
        f'  eval "$({command_line(f"env{state}")})"',
        f"Stop it: {command_line(f'down{state}')}",
    ]
    screen.print("\n".join(lines), markup=False, soft_wrap=True)
    return DONE


# ---- commands for a running cloud ----------------------------------------------------------------------------------


def env(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    sagemaker_sdk.prepare(cloud)
    print(shell_exports(cloud, more=sagemaker_sdk.variables(cloud)))
    return DONE


def show_status(options: argparse.Namespace) -> int:
    return status.show(_load(options), console())


def show_logs(options: argparse.Namespace) -> int:
    logs.show(
        _load(options),
        options.name,
        options.follow,
        lambda line: print(line, flush=True),
    )
    return DONE


def show_watch(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    with Api(cloud) as api:
        record = watch(cloud, api, wait_for_run(cloud, api, options.name), console())
    return DONE if record.status in GOOD_ENDINGS else FAILED


def interrupt(options: argparse.Namespace) -> int:
    cloud = _load(options)
    _require_up(cloud)
    job = interrupt_job(cloud, options.name)
    console().print(
        f"{job} loses its machine; it goes on from its last checkpoint on the next.",
        markup=False,
    )
    return DONE


# ---- down ----------------------------------------------------------------------------------------------------------


def down(options: argparse.Namespace) -> int:
    screen, state = console(), _state_folder(options)
    if not state.is_dir():
        screen.print(f"There is no local cloud in {state}.", markup=False)
        return DONE
    if options.purge:
        lifecycle.check_purgeable(state)
    _take_down(options, screen, options.purge)
    return DONE


def _take_down(
    options: argparse.Namespace, screen: Console, purge: bool = False
) -> None:
    started = time.monotonic()
    with _locked(_state_folder(options), screen), _uninterrupted():
        cloud = _load(options)
        stopped = lifecycle.down(cloud)
        if purge:
            lifecycle.purge(cloud)
    data = "its data is removed" if purge else f"its data stays in {cloud.state}"
    seconds = seconds_text(time.monotonic() - started)
    screen.print(f"{stopped_text(stopped)} in {seconds}; {data}.", markup=False)


def stopped_text(stopped: StopResult) -> str:
    if not stopped.ended and not stopped.leftovers:
        return "Nothing was running: checked"
    ended = " and ".join(stopped.ended) or "no part"
    killed = (
        f" ({', '.join(stopped.killed)} had to be killed)" if stopped.killed else ""
    )
    leftovers = (
        f", and {stopped.leftovers} processes they left" if stopped.leftovers else ""
    )
    return f"Stopped {ended}{killed}{leftovers}; nothing runs or listens any more,"


# ---- demo ----------------------------------------------------------------------------------------------------------


def show_demo(options: argparse.Namespace) -> int:
    screen, started = console(), time.monotonic()
    before = _load(options)
    was_up = all(lifecycle.is_running(before, name) for name in PARTS)
    keep = was_up
    try:
        cloud, result = _bring_up(options, screen)
        seconds = seconds_text(time.monotonic() - started)
        screen.print(
            f"local cloud up, {deployed_text(result)}: {seconds}", markup=False
        )
        demo.run(cloud, screen)
        keep = keep or options.keep
        screen.print(
            f"the whole demo: {seconds_text(time.monotonic() - started)}", markup=False
        )
        if not keep:
            again = command_line(f"up{_state_option(cloud)}")
            screen.print(
                f"to go on with the model: {again} (or demo --keep)",
                markup=False,
                soft_wrap=True,
            )
    finally:
        if not keep:
            _take_down(options, screen)
    return DONE
