from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.adapters.runtime import Prediction
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.functions.api.client import Client, live


def answers(count: int) -> list[dict[str, object]]:
    return [{"label": "positive", "score": 0.9} for _ in range(count)]


def test_one_text_is_answered_with_label_and_score(
    traindrop: Run, target: MemoryTarget, call: Client
) -> None:
    live(call)
    code, output, _ = traindrop("predict", "reviews", "a film", "-p", "top_k=1")
    assert (code, output) == (0, "positive 0.900")
    sent = json.loads(call.runtime.bodies[0])
    assert sent == {"inputs": "a film", "parameters": {"top_k": 1}}


def echo(endpoint: str, body: bytes) -> Prediction:
    """A model that answers each input with itself as its label."""
    answer = [{"label": text, "score": 0.9} for text in json.loads(body)["inputs"]]
    return Prediction(json.dumps(answer).encode(), "reviews-1")


def test_a_file_of_rows_becomes_a_file_of_answers_in_its_order(
    traindrop: Run,
    target: MemoryTarget,
    call: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(call)
    call.ledger.run_records["reviews-1"]["data"] = {"columns": {"text": "review"}}
    monkeypatch.setattr(call.runtime, "invoke", echo)
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [f'{number},"film {number}, again"' for number in range(200)]
    source.write_text("\n".join(["id,review", *rows]))
    code, printed, errors = traindrop(
        "predict", "reviews", "-f", str(source), "-o", str(output)
    )
    assert (code, printed) == (0, f"200 answers in {output}"), errors
    header, *lines = output.read_text().splitlines()
    assert header == "id,review,label,score"
    assert lines == [
        f'{number},"film {number}, again","film {number}, again",0.9'
        for number in range(200)
    ]


def test_lines_on_standard_output_are_json(
    traindrop: Run, target: MemoryTarget, call: Client, tmp_path: Path
) -> None:
    live(call)
    call.runtime.answers = [answers(2)]
    source = tmp_path / "in.txt"
    source.write_text("one film\n\nanother film\n")
    code, output, _ = traindrop("predict", "reviews", "-f", str(source))
    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [line["inputs"] for line in lines] == ["one film", "another film"]
    assert lines[0]["answer"] == {"label": "positive", "score": 0.9}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected a text or a file of inputs; found neither."),
        (["x", "-f", "in.csv"], "expected a text or a file of inputs; found both."),
        (["x", "-p", "top_k"], "--parameter: expected NAME=VALUE; found 'top_k'."),
        (["-f", "in.xlsx"], "expected a file of inputs; found no 'in.xlsx'."),
    ],
)
def test_wrong_arguments_are_explained(
    traindrop: Run,
    target: MemoryTarget,
    call: Client,
    arguments: list[str],
    message: str,
) -> None:
    live(call)
    code, _, errors = traindrop("predict", "reviews", *arguments)
    assert (code, message in errors) == (1, True), errors


def test_an_error_half_way_says_how_far_it_came(
    traindrop: Run, target: MemoryTarget, call: Client, tmp_path: Path
) -> None:
    live(call)
    call.runtime.answers = [[{"label": "one", "score": 1.0}]]
    source = tmp_path / "in.jsonl"
    source.write_text('"one"\n"two"\n')
    code, _, errors = traindrop("predict", "reviews", "-f", str(source))
    assert code == 1
    assert "expected 2 answers for 2 inputs" in errors
    assert "0 of 2 inputs were answered; the next ones are 1 and following." in errors
