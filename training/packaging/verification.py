"""The packed model, asked for held-out rows through the serving code before the job ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from contracts.environment import ServingVariable
from contracts.locations import CODE_FOLDER
from contracts.verification import MAX_ROWS, TOLERANCE, VerifiedRow
from training.common.errors import ServingError
from training.common.log import say
from training.common.side_process import (
    FailedError,
    SideProcess,
    TimedOutError,
    serving_environment,
)
from training.common.types import Json, JsonObject, Rows
from training.recipes.base import AnyRecipe, Predictions, ServedAnswers

TIMEOUT_SECONDS = 600.0
SCRIPT = Path(__file__).with_name("serve_once.py")
MAX_REQUEST_CHARACTERS = 200
MAX_BODY_CHARACTERS = 400
OK = 200


class Reply(TypedDict):
    """What the server answers one request with."""

    status: int
    body: str


class ServingCheck:
    """A process that serves the packed folder, on the CPU: started after packing, asked after evaluation.

    Only a process without our modules and settings proves that the archive holds all it needs.
    """

    def __init__(
        self,
        model_dir: Path,
        requests: Sequence[Json],
        task: str = "",
        engine: str = "auto",
    ) -> None:
        """`task` is what the endpoint is configured with; where it is empty, the model's architecture decides.

        `engine` is a value of `TRAINDROP_ENGINE`.
        """
        self._model_dir = model_dir
        self._requests = list(requests)
        request = {"model": str(model_dir.resolve()), "requests": self._requests}
        environment = serving_environment() | {ServingVariable.BACKEND: engine}
        if task:
            environment[ServingVariable.TASK] = task
        self._process = SideProcess(
            "serving-check", ["-P", str(SCRIPT)], request, environment
        )

    def rows(self, lenient: bool = False) -> list[VerifiedRow]:
        """The requests with their responses. Raises `ServingError`; a lenient check leaves out what was refused."""
        rows = []
        for request, reply in zip(self._requests, self._replies(), strict=True):
            if reply["status"] == OK:
                rows.append(
                    VerifiedRow(request=request, response=_parsed(reply["body"]))
                )
            elif not lenient:
                raise ServingError(
                    f"the packed model refuses {json.dumps(request)[:MAX_REQUEST_CHARACTERS]} with "
                    f"{reply['status']}: {reply['body'][:MAX_BODY_CHARACTERS]}. "
                    "Correct code/inference.py, or the example in traindrop.yaml."
                )
        return rows

    def _replies(self) -> list[Reply]:
        try:
            self._process.wait(TIMEOUT_SECONDS)
            replies: list[Reply] = self._process.read_answer()["replies"]
            return replies
        except FailedError as error:
            raise ServingError(
                f"the packed model cannot serve: {error}. Check code/ and requirements.txt of the drop; "
                "without them, report this as a fault of Traindrop."
            ) from None
        except TimedOutError:
            raise ServingError(
                f"the packed model did not answer {len(self._requests)} rows within {TIMEOUT_SECONDS:.0f} s. "
                "Choose a smaller base model."
            ) from None
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends the process, and removes what it installed: it is installed again where the model is served."""
        self._process.stop()
        shutil.rmtree(
            self._model_dir / CODE_FOLDER / "site-packages", ignore_errors=True
        )


def _parsed(body: str) -> Json:
    """The JSON; where a hook answers something else, the text itself, which is then what is compared."""
    try:
        parsed: Json = json.loads(body)
    except ValueError:
        return body
    return parsed


def say_served_by_own_code(rows: Sequence[VerifiedRow]) -> None:
    """Nobody but the drop's own hooks knows the right answers: the endpoint must give the same ones."""
    if rows:
        say(
            f"The packed model serves by your own code; its answers to {len(rows)} requests are kept to be compared"
        )
    else:
        say(
            "The packed model loads. No request is known that it answers: give one as example in traindrop.yaml"
        )


def verification_requests(
    served: ServedAnswers[object, object, object], rows: Rows
) -> list[JsonObject]:
    """For the first held-out rows."""
    return [served.request(row) for row in rows[:MAX_ROWS]]


def require_agreement(
    recipe: AnyRecipe, rows: Sequence[VerifiedRow], predictions: Predictions
) -> None:
    """Raises `ServingError` where a response is not what the trained model, or its graph, says of the same row."""
    for number, (row, prediction) in enumerate(zip(rows, predictions, strict=False), 1):
        difference = recipe.served.disagreement(row.response, prediction, TOLERANCE)
        if difference:
            raise ServingError(
                f"the packed model answers otherwise than the trained one: held-out row {number} is {difference}. "
                "The archive would mislead its callers; report this as a fault of Traindrop."
            )
