"""The packed archive, asked for real rows through the serving code before the job ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks import Row
from training.errors import ServingError
from training.log import say
from training.recipes.base import Predictions, Recipe

ROWS = 16
TOLERANCE = 0.02
"""As in the contract: bf16 here and float32 there differ by about a hundredth."""
PATIENCE = 600.0


class ServingCheck:
    """A process that serves the packed folder, on the CPU: started after packing, asked after evaluation.

    A process, because only one without our modules and settings proves that the archive holds all it needs.
    """

    def __init__(
        self, model_dir: Path, requests: Sequence[dict[str, Any]], task: str = "", engine: str = "auto"
    ) -> None:
        """`task` as the endpoint is told it; the model's own architecture says it where it is empty."""
        self._model_dir = model_dir
        self._requests = list(requests)
        self._folder = Path(tempfile.mkdtemp(prefix="serving-check-"))
        (self._folder / "requests.json").write_text(json.dumps(self._requests), "utf-8")
        script = Path(__file__).with_name("serve_once.py")
        arguments = (model_dir.resolve(), self._folder / "requests.json", self._folder / "answers.json")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script), *map(str, arguments)],
            cwd=self._folder,
            env=serving_environment() | {"TRAINDROP_ENGINE": engine} | ({"HF_TASK": task} if task else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, lenient: bool = False) -> list[dict[str, Any]]:
        """`[{"request", "response"}]`; a lenient check leaves out what was refused. Raises `ServingError`."""
        pairs = list(zip(self._requests, self._answers(), strict=True))
        for request, answer in pairs:
            if answer["status"] != 200 and not lenient:
                raise ServingError(
                    f"the packed model refuses {json.dumps(request)[:200]} with {answer['status']}: "
                    f"{answer['body'][:400]}. Correct code/inference.py, or the example in traindrop.yaml."
                )
        return [
            {"request": request, "response": _read(answer["body"])}
            for request, answer in pairs
            if answer["status"] == 200
        ]

    def _answers(self) -> list[dict[str, Any]]:
        try:
            _, errors = self._process.communicate(timeout=PATIENCE)
            if self._process.returncode:
                reason = (errors.strip().splitlines() or [f"exit code {self._process.returncode}"])[-1]
                raise ServingError(
                    f"the packed model cannot serve: {reason}. Check code/ and requirements.txt of the drop; "
                    "without them, report this as a fault of Traindrop."
                )
            found: list[dict[str, Any]] = json.loads((self._folder / "answers.json").read_text("utf-8"))
        except subprocess.TimeoutExpired:
            raise ServingError(
                f"the packed model did not answer {len(self._requests)} rows within {PATIENCE:.0f} s. "
                "Choose a smaller base model."
            ) from None
        finally:
            self.stop()
        return found

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)
        # What code/requirements.txt asks for is installed again where the model is served.
        shutil.rmtree(self._model_dir / "code" / "site-packages", ignore_errors=True)


def serving_environment() -> dict[str, str]:
    """This process's, less what belongs to the training container and our own source."""
    source = Path(__file__).parents[2]
    path = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SAGEMAKER_", "SM_", "HF_TASK", "HF_MODEL"))
    }
    return kept | {
        "PYTHONPATH": os.pathsep.join(entry for entry in path if Path(entry).resolve() != source),
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
        # The model directory is archived as it is after this check.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _read(body: str) -> Any:
    """A hook may answer what is no JSON: then the text is what is compared."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def say_own(rows: Sequence[dict[str, Any]]) -> None:
    """Of a model with hooks of its own nobody else knows the right answers: the endpoint must give the same ones."""
    if rows:
        say(f"The packed model serves by your own code; its answers to {len(rows)} requests are kept to be compared")
    else:
        say("The packed model loads. No request is known that it answers: give one as example in traindrop.yaml")


def requests_of(recipe: Recipe, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [recipe.request(row) for row in rows[:ROWS]]


def compare(recipe: Recipe, rows: Sequence[dict[str, Any]], predictions: Predictions, labels: Sequence[str]) -> None:
    """Raises `ServingError` where an answer is not what the trained model, or its graph, says of the same row."""
    for number, (row, expected) in enumerate(zip(rows, predictions, strict=False), 1):
        if difference := recipe.disagreement(row["response"], expected, labels, TOLERANCE):
            raise ServingError(
                f"the packed model answers otherwise than the trained one: held-out row {number} is {difference}. "
                "The archive would mislead its callers; report this as a fault of Traindrop."
            )
