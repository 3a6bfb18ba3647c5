"""A drop's own `code/train.py`: run as SageMaker runs it, its model packed and checked as any other.

The script finds its channels, hyperparameters and `SM_*` variables as in a job of its own, and the files beside it in
its working directory. A base model that is mirrored in the data bucket is found by its Hub id, without the Hub.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from contracts.failures import traceback_location
from inference.model.requirements import FOLDER, install_requirements
from inference.packaging import TOKENIZERS
from training.base_model import source_of
from training.errors import Interrupted, ScriptError
from training.inputs import Places
from training.log import say
from training.packaging.packing import pack_code
from training.packaging.verification import ServingCheck, say_own
from training.spec import Spec
from training.user_script.hub_cache import cache_of

SCRIPT, SERVING = "train.py", "inference.py"
OUR_CHANNELS = ("code", "spec", "base")
TAIL = 300
"""Lines of the script's output that are searched for the reason of its failure, a deep traceback among them."""


def run(argv: Sequence[str], places: Places, spec: Spec) -> dict[str, dict[str, Any]]:
    """`evaluation` and `verification`. Raises `ScriptError` where the script fails or leaves no model that serves."""
    code = _working_copy(places)
    install_requirements(code)
    for folder in (places.model, places.output_data):
        folder.mkdir(parents=True, exist_ok=True)
    _train(code, argv, _environment(code, places, spec))
    _check_model(places.model, by_hook="model_fn" in (spec.hooks or ()))
    own = code if (code / SERVING).is_file() or (code / "requirements.txt").is_file() else None
    if not (places.model / "code" / SERVING).is_file():
        pack_code(places.model, own)
    rows = ServingCheck(places.model, _example(places.model, spec), spec.task).rows(lenient=spec.example is None)
    say_own(rows)
    evaluation = {
        "task": spec.task,
        "variant": "",
        "metric": "",
        "rows": 0,
        "model": {},
        "baselines": {},
        "champion": None,
        "training": {},
    }
    return {"evaluation": evaluation, "verification": {"tolerance": 0.02, "rows": rows}}


def _working_copy(places: Places) -> Path:
    """Channels may be read-only, and a script may write beside itself."""
    code = places.output_data.parent / "own-code"
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(places.channel("code"), code)
    return code


def _environment(code: Path, places: Places, spec: Spec) -> dict[str, str]:
    """The job's, as a job that runs this very script would have it."""
    inner = [str(code), str(code / FOLDER), os.environ.get("PYTHONPATH", "")]
    kept = {k: v for k, v in os.environ.items() if k not in {f"SM_CHANNEL_{name.upper()}" for name in OUR_CHANNELS}}
    if named := kept.get("SM_CHANNELS"):
        kept["SM_CHANNELS"] = json.dumps([name for name in json.loads(named) if name not in OUR_CHANNELS])
    cache = cache_of(source_of(places.base, spec.base_model), spec.base_model) if places.base else {}
    return kept | cache | {"PYTHONPATH": os.pathsep.join(filter(None, inner)), "SM_MODULE_DIR": str(code)}


def _train(code: Path, argv: Sequence[str], environment: dict[str, str]) -> None:
    say(f"Running your {SCRIPT}")
    # Not as a module: the script may have a package called `training` beside it.
    command = [sys.executable, "-P", str(Path(__file__).with_name("transformers4_compat.py")), SCRIPT, *argv]
    stop = _Forwarding()
    process = subprocess.Popen(
        command,
        cwd=code,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    stop.to(process)
    tail: deque[str] = deque(maxlen=TAIL)
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            print(line, end="", flush=True)
            tail.append(line.rstrip())
    status = process.wait()
    if stop.received:
        raise Interrupted
    if status:
        raise ScriptError(_reason(status, list(tail), code))


class _Forwarding:
    """SIGTERM goes to the script too, which may save what it has. Listens before there is a script to stop."""

    def __init__(self) -> None:
        self.received = False
        self._process: subprocess.Popen[str] | None = None
        signal.signal(signal.SIGTERM, self._pass_on)

    def to(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        if self.received:
            process.terminate()

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self.received = True
        if self._process:
            self._process.send_signal(number)


def _reason(status: int, tail: list[str], code: Path) -> str:
    """The last line, which where the output ends with a traceback is the exception's, and where in the script it is."""
    said = next((line.strip() for line in reversed(tail) if line.strip()), "nothing")
    at = traceback_location(tail, lambda path: not Path(path).is_absolute() or _is_within(Path(path), code))
    return (
        f"code/{SCRIPT} ended with exit code {status}; its last line was: {said[:500]}{f' ({at})' if at else ''}. "
        "Correct the script: the log has its whole output."
    )


def _is_within(path: Path, code: Path) -> bool:
    return path.is_relative_to(code) and FOLDER not in path.relative_to(code).parts


def _check_model(model: Path, by_hook: bool) -> None:
    """Whether a model and its tokenizer were saved; the serving check finds out whether they are complete.

    A `model_fn` of the user's own, in the drop or in what the script saved, knows itself what it needs.
    """
    if not any(path.is_file() for path in model.rglob("*")):
        raise ScriptError(
            f"expected a model in SM_MODEL_DIR after code/{SCRIPT}; found an empty folder. "
            'Save it there, with its tokenizer: trainer.save_model(os.environ["SM_MODEL_DIR"]).'
        )
    if by_hook or (model / "code" / SERVING).is_file() or not (model / "config.json").is_file():
        return
    names = {path.name for path in model.iterdir()}
    if not names & TOKENIZERS:
        some = ", ".join(sorted(names)[:8])
        raise ScriptError(
            f"expected a tokenizer beside the model in SM_MODEL_DIR after code/{SCRIPT}; found {some}. "
            'Save it there too: tokenizer.save_pretrained(os.environ["SM_MODEL_DIR"]).'
        )


def _example(model: Path, spec: Spec) -> list[Any]:
    """What to ask the packed model: the owner's example, else the task's where the model shows one."""
    from inference.model.task_of import task_of  # noqa: PLC0415
    from inference.protocols.errors import ArchiveError  # noqa: PLC0415
    from tasks import TASKS  # noqa: PLC0415

    if spec.example is not None:
        return [spec.example]
    try:
        task = task_of(model, spec.task or None)
    except ArchiveError:
        return []
    return [{"inputs": TASKS[task].example_inputs}] if task in TASKS else []
