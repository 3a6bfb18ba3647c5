"""A drop's own `code/train.py`: run as SageMaker runs it, its model packed and checked as any other.

The script finds its channels, hyperparameters and `SM_*` variables as in a job of its own, and the files beside it in
its working directory. It finds a base model that is mirrored in the data bucket by its Hub id, without the Hub.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from contracts import locations
from contracts.environment import JobVariable, channel_variable
from contracts.evaluation import Baselines, Evaluation, TrainingFacts
from contracts.failures import traceback_location
from contracts.spec import Spec
from contracts.verification import TOLERANCE, Verification, VerifiedRow
from inference.model.requirements import FOLDER, install_requirements
from inference.model.task_of import task_of
from inference.packaging import has_tokenizer
from inference.protocols.errors import ArchiveError
from tasks import TASKS
from training.common.errors import Interrupted, ScriptError
from training.common.log import say
from training.common.types import Json
from training.inputs.base_model import source_of
from training.inputs.job_inputs import JobPaths
from training.packaging.packing import pack_code
from training.packaging.verification import ServingCheck, say_served_by_own_code
from training.user_script.hub_cache import cache_of
from training.user_script.toolkit_hyperparameters import (
    hyperparameters_of,
    script_arguments,
    with_hyperparameters,
)

SCRIPT = locations.TRAINING_SCRIPT
COMPAT_SCRIPT = Path(__file__).with_name("transformers4_compat.py")
MAX_TAIL_LINES = 300
"""Of the script's output, which are searched for the reason of its failure, a deep traceback among them."""
MAX_LINE_CHARACTERS = 500
MAX_SHOWN_FILES = 8


def run(paths: JobPaths, spec: Spec) -> tuple[Evaluation, Verification]:
    """Raises `ScriptError` where the script fails or leaves no model that serves, `Interrupted` after SIGTERM."""
    code = _working_copy(paths)
    install_requirements(code)
    for folder in (paths.model, paths.output_data):
        folder.mkdir(parents=True, exist_ok=True)
    arguments = script_arguments(hyperparameters_of(spec, os.environ))
    _run_script(code, arguments, _environment(code, paths, spec))
    _require_model(paths.model, loaded_by_hook="model_fn" in spec.hooks)
    _pack_code(code, paths.model)
    rows = _checked_rows(paths.model, spec)
    return _no_evaluation(spec.task), Verification(
        tolerance=TOLERANCE, rows=tuple(rows)
    )


def _working_copy(paths: JobPaths) -> Path:
    """Channels may be read-only, and a script may write beside itself."""
    code = paths.output_data.parent / "own-code"
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(paths.channel(locations.CODE_CHANNEL), code)
    return code


def _environment(code: Path, paths: JobPaths, spec: Spec) -> dict[str, str]:
    """The job's variables, as in a job that runs this very script."""
    hidden = {channel_variable(name) for name in locations.RESERVED_CHANNELS}
    environment = with_hyperparameters(os.environ, hyperparameters_of(spec, os.environ))
    environment = {
        name: value for name, value in environment.items() if name not in hidden
    }
    channels = environment.get(JobVariable.CHANNELS)
    if channels:
        own = [
            name
            for name in json.loads(channels)
            if name not in locations.RESERVED_CHANNELS
        ]
        environment[JobVariable.CHANNELS] = json.dumps(own)
    if paths.base:
        environment |= cache_of(source_of(paths.base, spec.base_model), spec.base_model)
    path = [str(code), str(code / FOLDER), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    environment[JobVariable.MODULE_DIR] = str(code)
    return environment


def _run_script(
    code: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Prints what the script prints. Raises `ScriptError` or `Interrupted`."""
    say(f"Running your {SCRIPT}")
    stop = _ForwardedStop()
    process = subprocess.Popen(
        # As a file, not as a module: the script may have a package called `training` beside it.
        [sys.executable, "-P", str(COMPAT_SCRIPT), SCRIPT, *arguments],
        cwd=code,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    stop.forward_to(process)
    tail: deque[str] = deque(maxlen=MAX_TAIL_LINES)
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            print(line, end="", flush=True)
            tail.append(line.rstrip())
    code_of_exit = process.wait()
    if stop.received:
        raise Interrupted
    if code_of_exit:
        raise ScriptError(_failure(code_of_exit, list(tail), code))


class _ForwardedStop:
    """SIGTERM goes to the script too, which may save what it has. Listens before there is a script to stop."""

    def __init__(self) -> None:
        self.received = False
        self._process: subprocess.Popen[str] | None = None
        signal.signal(signal.SIGTERM, self._receive)

    def forward_to(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        if self.received:
            process.terminate()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = True
        if self._process:
            self._process.send_signal(number)


def _failure(exit_code: int, tail: Sequence[str], code: Path) -> str:
    """Says the last line of the output, and where in the script a traceback at its end comes from."""
    last = "nothing"
    for line in reversed(tail):
        if line.strip():
            last = line.strip()[:MAX_LINE_CHARACTERS]
            break
    location = traceback_location(
        tail, lambda path: not Path(path).is_absolute() or _is_own(Path(path), code)
    )
    where = f" ({location})" if location else ""
    return (
        f"code/{SCRIPT} ended with exit code {exit_code}; its last line was: {last}{where}. "
        "Correct the script: the log has its whole output."
    )


def _is_own(path: Path, code: Path) -> bool:
    """Whether a file is the drop's, not of a package that its requirements installed."""
    return path.is_relative_to(code) and FOLDER not in path.relative_to(code).parts


def _require_model(model: Path, loaded_by_hook: bool) -> None:
    """Raises `ScriptError` without a model or its tokenizer; the serving check sees whether they are complete.

    A `model_fn` of the user's own, in the drop or in what the script saved, knows itself what it needs.
    """
    if not any(path.is_file() for path in model.rglob("*")):
        raise ScriptError(
            f"expected a model in SM_MODEL_DIR after code/{SCRIPT}; found an empty folder. "
            'Save it there, with its tokenizer: trainer.save_model(os.environ["SM_MODEL_DIR"]).'
        )
    if (
        loaded_by_hook
        or _has_inference_script(model)
        or not (model / "config.json").is_file()
    ):
        return
    names = {path.name for path in model.iterdir()}
    if not has_tokenizer(names, _architectures(model)):
        some = ", ".join(sorted(names)[:MAX_SHOWN_FILES])
        raise ScriptError(
            f"expected a tokenizer beside the model in SM_MODEL_DIR after code/{SCRIPT}; found {some}. "
            'Save it there too: tokenizer.save_pretrained(os.environ["SM_MODEL_DIR"]).'
        )


def _architectures(model: Path) -> list[str]:
    """The model classes that its `config.json` names."""
    config = json.loads((model / "config.json").read_text("utf-8"))
    return [str(name) for name in config.get("architectures") or ()]


def _has_inference_script(model: Path) -> bool:
    return (model / locations.CODE_FOLDER / locations.INFERENCE_SCRIPT).is_file()


def _pack_code(code: Path, model: Path) -> None:
    """Packs our serving code and over it the drop's; not where the script saved serving code of its own."""
    if _has_inference_script(model):
        return
    serves = (code / locations.INFERENCE_SCRIPT).is_file() or (
        code / locations.REQUIREMENTS
    ).is_file()
    pack_code(model, code if serves else None)


def _checked_rows(model: Path, spec: Spec) -> list[VerifiedRow]:
    """Raises `ServingError`."""
    check = ServingCheck(model, _example_requests(model, spec), spec.task)
    rows = check.rows(lenient=spec.example is None)
    say_served_by_own_code(rows)
    return rows


def _example_requests(model: Path, spec: Spec) -> list[Json]:
    """The user's example, else that of the task, where the model shows one; at most one request."""
    if spec.example is not None:
        return [spec.example]
    try:
        task = task_of(model, spec.task or None)
    except ArchiveError:
        return []
    return [{"inputs": TASKS[task].example_inputs}] if task in TASKS else []


def _no_evaluation(task: str) -> Evaluation:
    """Nothing is measured of a script's model."""
    return Evaluation(
        task=task,
        variant="",
        metric="",
        rows=0,
        model={},
        baselines=Baselines(),
        champion=None,
        training=TrainingFacts(),
    )
