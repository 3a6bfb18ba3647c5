from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.verification import VerifiedRow
from tasks import get_task
from tests.unit.inference.model_folder import add_code, add_shim
from training.common.errors import ServingError
from training.packaging import verification
from training.packaging.verification import (
    ServingCheck,
    require_agreement,
    say_served_by_own_code,
    verification_requests,
)
from training.recipes import recipe_of

LABELS = ["negative", "positive"]
RECIPE = recipe_of(get_task("text-classification"), LABELS)
ROWS = [{"text": f"good film {n}", "label": LABELS[n % 2]} for n in range(20)]
SERVICE = """
import os, time
class Call:
    def __init__(self, body):
        self.body = body
class Reply:
    def __init__(self, status, body):
        self.status, self.body = status, body
class Service:
    def respond(self, call):
        BODY
"""


def model_that(folder: Path, body: str) -> Path:
    """A model folder whose packed code answers a `call` by these lines."""
    package = folder / "code" / "traindrop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "service.py").write_text(SERVICE.replace("BODY", body))
    loading = "from .service import Service\ndef load(folder, dedicated):\n    return Service()\n"
    (package / "archive.py").write_text(loading)
    return folder


def test_at_most_sixteen_rows_are_asked() -> None:
    assert verification_requests(RECIPE.served, ROWS)[:1] == [{"inputs": "good film 0"}]
    assert len(verification_requests(RECIPE.served, ROWS)) == 16


def test_requests_come_back_with_what_the_model_answers(tmp_path: Path) -> None:
    model = model_that(tmp_path, "return Reply(200, call.body)")
    rows = ServingCheck(model, [{"inputs": "ä"}, {"inputs": "b"}]).rows()
    assert rows == [
        VerifiedRow(request={"inputs": text}, response={"inputs": text})
        for text in "äb"
    ]


PICKLED = """
import pickle
class Net: word = "net"
def model_fn(model_dir): return pickle.loads(b"cinference\\nNet\\n.")
def predict_fn(data, model):
    import inference
    return [model.word, inference.Net is model]
"""


def test_hooks_have_the_module_name_that_they_have_where_they_are_served(
    tmp_path: Path,
) -> None:
    folder = add_code(add_shim(tmp_path), inference=PICKLED)
    (row,) = ServingCheck(folder, [{"inputs": "a"}]).rows()
    assert row.response == ["net", True]


def test_an_answer_that_is_no_json_is_compared_as_a_text(tmp_path: Path) -> None:
    (row,) = ServingCheck(
        model_that(tmp_path, "return Reply(200, b'<p>good</p>')"), [1]
    ).rows()
    assert row.response == "<p>good</p>"


@pytest.mark.parametrize(("task", "expected"), [("fill-mask", "fill-mask"), ("", None)])
def test_the_server_is_told_task_and_engine_and_nothing_of_the_job(
    task: str, expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SM_MODEL_DIR", "/opt/ml/model")
    monkeypatch.setenv("HF_TASK", "of the job")
    names = (
        "HF_TASK",
        "TRAINDROP_ENGINE",
        "SM_MODEL_DIR",
        "CUDA_VISIBLE_DEVICES",
        "HF_HUB_OFFLINE",
    )
    body = f"import json; return Reply(200, json.dumps([os.environ.get(n) for n in {names}]).encode())"
    (row,) = ServingCheck(model_that(tmp_path, body), [1], task, engine="torch").rows()
    assert row.response == [expected, "torch", None, "", "1"]


def test_a_refusal_fails_the_check_unless_it_is_lenient(tmp_path: Path) -> None:
    model = model_that(
        tmp_path, "return Reply(400 if b'bad' in call.body else 200, b'\"no\"')"
    )
    requests: list[Mapping[str, str]] = [{"inputs": "bad"}, {"inputs": "good"}]
    with pytest.raises(ServingError) as raised:
        ServingCheck(model, requests).rows()
    assert str(raised.value) == (
        'the packed model refuses {"inputs": "bad"} with 400: "no". '
        "Correct code/inference.py, or the example in traindrop.yaml."
    )
    assert [
        row.request for row in ServingCheck(model, requests).rows(lenient=True)
    ] == [{"inputs": "good"}]


def test_code_that_fails_is_told_by_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(ServingError) as raised:
        ServingCheck(model_that(tmp_path, "raise KeyError('lexicon')"), [1]).rows()
    assert str(raised.value) == (
        "the packed model cannot serve: KeyError: 'lexicon'. Check code/ and requirements.txt of the drop; "
        "without them, report this as a fault of Traindrop."
    )


def test_a_model_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "TIMEOUT_SECONDS", 0.5)
    with pytest.raises(
        ServingError,
        match=r"did not answer 1 rows within 0 s\. Choose a smaller base model\.$",
    ):
        ServingCheck(model_that(tmp_path, "time.sleep(60)"), [1]).rows()


def test_what_serving_installed_is_not_packed(tmp_path: Path) -> None:
    model = model_that(tmp_path, "return Reply(200, b'1')")
    (model / "code" / "site-packages").mkdir()
    ServingCheck(model, [1]).rows()
    assert not (model / "code" / "site-packages").exists()


def test_an_archive_that_answers_otherwise_is_refused() -> None:
    rows = [VerifiedRow(request={}, response=[{"label": LABELS[0], "score": 0.9}])]
    with pytest.raises(
        ServingError, match=r"held-out row 1 is 'negative' at 0\.9000 instead of"
    ):
        require_agreement(RECIPE, rows, [[0.0, 2.0]])


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            [VerifiedRow(request=1, response=2)],
            "The packed model serves by your own code; its answers to 1 requests",
        ),
        (
            [],
            "The packed model loads. No request is known that it answers: give one as example in traindrop.yaml",
        ),
    ],
)
def test_the_log_says_what_is_known_of_own_code(
    rows: list[VerifiedRow], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say_served_by_own_code(rows)
    assert line in capsys.readouterr().out


def test_the_answers_are_json(tmp_path: Path) -> None:
    (row,) = ServingCheck(
        model_that(tmp_path, "return Reply(200, b'[1, null]')"), [1]
    ).rows()
    assert json.dumps(row.write()) == '{"request": 1, "response": [1, null]}'
