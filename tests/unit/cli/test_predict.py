from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.adapters.runtime import OverloadedError, Prediction
from tests.unit.cli.conftest import Run
from tests.unit.functions.api.client import Client
from tests.unit.functions.batch.desk import Desk


def answers(count: int) -> list[dict[str, object]]:
    return [{"label": "positive", "score": 0.9} for _ in range(count)]


def test_one_text_is_answered_with_label_and_score(
    traindrop: Run, live_model: Client
) -> None:
    code, output, _ = traindrop("predict", "reviews", "a film", "-p", "top_k=1")
    assert (code, output) == (0, "positive 0.900")
    sent = json.loads(live_model.runtime.bodies[0])
    assert sent == {"inputs": "a film", "parameters": {"top_k": 1}}


def label_of(text: str) -> dict[str, object]:
    """What the model of these tests answers a text: itself, as its label."""
    return {"label": text, "score": 0.9}


def echo(endpoint: str, body: bytes) -> Prediction:
    inputs = json.loads(body)["inputs"]
    texts = inputs if isinstance(inputs, list) else [inputs]
    return Prediction(json.dumps([label_of(text) for text in texts]).encode(), "r")


@pytest.fixture
def echoing(live_model: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A live model of reviews that answers with what it is asked."""
    columns = {"text": "review", "label": "sentiment"}
    live_model.ledger.run_records["reviews-1"]["data"] = {"columns": columns}
    monkeypatch.setattr(live_model.runtime, "invoke", echo)
    return live_model


def test_a_file_of_rows_becomes_a_file_of_answers_in_its_order(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [f'{number},"film {number}, again"' for number in range(200)]
    source.write_text("\n".join(["id,review", *rows]))
    code, printed, errors = traindrop(
        "predict", "reviews", "-f", str(source), "-o", str(output)
    )
    assert printed == f"200 answers in {output}, 0 rows without one"
    assert code == 0, errors
    header, *lines = output.read_text().splitlines()
    assert header == "id,review,label,score,error"
    assert lines == [
        f'{number},"film {number}, again","film {number}, again",0.9,'
        for number in range(200)
    ]


def test_a_row_that_the_model_cannot_be_asked_stops_no_other(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [f"film {number}" for number in range(1, 61)]
    rows[50] = '""'
    source.write_text("\n".join(["review", *rows]))
    code, printed, errors = traindrop(
        "predict", "reviews", "-f", str(source), "-o", str(output)
    )
    assert (code, printed) == (7, f"59 answers in {output}, 1 row without one")
    assert f"1 row of {source} without an answer; `error` of the row says" in errors
    assert "  row 51: column 'review': expected a text; found an empty cell." in errors
    lines = output.read_text().splitlines()
    assert lines[50] == "film 50,film 50,0.9,"
    assert lines[51].startswith(",,,column 'review': expected a text; found an empty")
    assert lines[60] == "film 60,film 60,0.9,"


def test_many_such_rows_are_counted(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('"a film"\n' + '{"inputs": ""}\n' * 5)
    code, _, errors = traindrop("predict", "reviews", "-f", str(source))
    assert code == 7
    assert f"5 rows of {source} without an answer" in errors
    assert "row 4: " in errors
    assert "row 5: " not in errors
    assert "  and 2 more" in errors


ROWS = {
    "in.csv": 'id;review\n1;a film\n2;\n3;too;many\n4;"two\nlines"\n',
    "in.tsv": "label\tinputs\tid\nmine\ta film\t1\n\t[sic]\t2\n",
    "in.jsonl": '{"review": "a film", "answer": 1}\n"b"\n{oops\n{"id": 1}\n',
}


@pytest.mark.parametrize("name", ROWS)
def test_a_file_is_answered_as_by_a_batch(
    traindrop: Run, echoing: Client, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_text(ROWS[name])
    desk = Desk(lambda request: [label_of(request["inputs"])])
    in_batch = desk.result(desk.run(desk.start(source.read_bytes())))
    output = tmp_path / f"out{source.suffix}"
    code, _, errors = traindrop(
        "predict", "reviews", "-f", str(source), "-o", str(output)
    )
    assert code in {0, 7}, errors
    assert output.read_bytes().decode() == in_batch


def test_the_input_may_be_in_a_column_that_the_user_names(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("review,title\nlong,short\n")
    file = ("predict", "reviews", "-f", str(source))
    _, output, _ = traindrop(*file, "--column", "title")
    row = {"review": "long", "title": "short"}
    assert json.loads(output) == row | {"answer": [label_of("short")]}
    code, _, errors = traindrop(*file, "--column", "name")
    assert code == 1
    assert f"{source}: expected a column 'name'; found 'review', 'title'." in errors
    code, _, errors = traindrop(*file, "--column", "title", "--batch", "-o", "out.csv")
    assert (code, "found a batch" in errors) == (1, True)


def test_a_table_without_the_models_columns_is_refused_before_it_is_asked(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,stars\n1,2\n")
    code, _, errors = traindrop("predict", "reviews", "-f", str(source))
    assert code == 1
    assert f"{source}: Expected 'review', as in the training data, or" in errors
    assert "Or say which holds the input: --column." in errors


def test_lines_on_standard_output_are_json(
    traindrop: Run, echoing: Client, tmp_path: Path
) -> None:
    source = tmp_path / "in.txt"
    source.write_text("one film\n\nanother film\n")
    code, output, _ = traindrop("predict", "reviews", "-f", str(source))
    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [line["inputs"] for line in lines] == ["one film", "another film"]
    assert lines[0]["answer"] == [label_of("one film")]


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
    live_model: Client,
    arguments: list[str],
    message: str,
) -> None:
    code, _, errors = traindrop("predict", "reviews", *arguments)
    assert (code, message in errors) == (1, True), errors


def test_an_error_half_way_says_how_far_it_came_and_keeps_what_has_an_answer(
    traindrop: Run, echoing: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(endpoint: str, body: bytes) -> Prediction:
        if "film 199" in body.decode():
            raise OverloadedError("full")
        return echo(endpoint, body)

    monkeypatch.setattr(echoing.runtime, "invoke", leave)
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("\n".join(["review", *(f"film {n}" for n in range(200))]))
    code, _, errors = traindrop(
        "predict", "reviews", "-f", str(source), "-o", str(output)
    )
    assert code == 1
    assert "takes no more requests at this moment" in errors
    assert f"192 of 200 rows of {source} are done and in {output}; the next" in errors
    assert "one is row 193." in errors
    assert len(output.read_text().splitlines()) == 193
