from __future__ import annotations

from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from tasks import every_form
from training.model_card import LABELS, Made, model_card

EVALUATION: dict[str, Any] = {
    "task": "text-classification",
    "variant": "",
    "metric": "accuracy",
    "rows": 1200,
    "model": {"accuracy": 0.91234, "macro_f1": 0.9},
    "baselines": {
        "trivial": {"name": "always 'a|b'", "metrics": {"accuracy": 0.5, "macro_f1": 0.3}},
        "reference": None,
    },
    "labels": ["a|b", "größe", "1"],
    "training": {"rows": 4800, "epochs": 2.0, "seconds": 61.2, "rows_per_second": 157.0, "device": "cpu"},
    "versions": {"python": "3.11.1", "torch": "2.9"},
}


def _text(evaluation: dict[str, Any], title: str = "films", base_model: str = "org/tiny") -> str:
    return model_card(evaluation, Made(title, base_model, {"epochs": 2.0, "prefix": "a|b"}, "films-1"))


def _card(evaluation: dict[str, Any], **made: str) -> tuple[Any, str]:
    _, front, body = _text(evaluation, **made).split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_matter_is_what_the_hub_reads() -> None:
    front, _ = _card(EVALUATION)
    assert front["pipeline_tag"] == "text-classification"
    assert front["base_model"] == "org/tiny"
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert result["metrics"][0] == {"type": "accuracy", "value": 0.9123, "name": "accuracy"}


def test_the_body_says_how_good_it_is_and_beside_what() -> None:
    _, body = _card(EVALUATION)
    assert "On 1,200 held-out rows; the text-classification gate compares accuracy." in body
    assert "| this model | 0.9123 | 0.9000 |\n| always 'a\\|b' | 0.5000 | 0.3000 |" in body
    assert "- `größe`" in body
    assert "| `prefix` | a\\|b |" in body


def test_a_graph_beside_the_weights_is_told_of() -> None:
    assert "## Graph" not in _card(EVALUATION)[1]
    values, sizes = {"torch": 0.9, "float32": 0.9, "int8": 0.898}, {"torch": 91e6, "float32": 91e6, "int8": 23.2e6}
    serving = {"precision": "int8", "metric": "accuracy", "rows": 1000, "values": values, "bytes": sizes}
    _, body = _card({**EVALUATION, "serving": serving})
    assert "in int8. On 1,000 held-out rows:" in body
    assert "| float32 | 0.9000 | 91.0 MB |\n| int8 | 0.8980 | 23.2 MB |" in body


def test_a_task_without_labels_has_no_list_of_them() -> None:
    _, body = _card({**EVALUATION, "labels": []}, base_model="")
    assert "## Labels" not in body
    assert "labels" not in body
    assert "fine-tuned from a base model by Traindrop" in body


@pytest.mark.parametrize("title", ["films", "Größe: a+b", "# <script>`x`", "1", "null"])
def test_the_hubs_own_library_reads_the_card(title: str) -> None:
    data: Any = ModelCard(_text(EVALUATION, title), ignore_metadata_errors=False).data
    assert (data.pipeline_tag, data.base_model, data.model_name) == ("text-classification", "org/tiny", title)
    found = [(each.metric_type, each.metric_value, each.dataset_name, each.dataset_split) for each in data.eval_results]
    assert found == [("accuracy", 0.9123, title, "test"), ("macro_f1", 0.9, title, "test")]


def test_a_metric_that_is_no_number_is_not_told_to_the_hub() -> None:
    front, body = _card({**EVALUATION, "model": {"accuracy": float("nan"), "macro_f1": 0.9}})
    assert [each["type"] for each in front["model-index"][0]["results"][0]["metrics"]] == ["macro_f1"]
    assert "| this model | nan | 0.9000 |" in body


def test_intervals_stand_beside_the_numbers() -> None:
    intervals = {"model": {"accuracy": [0.9, 0.93]}, "trivial": None}
    champion = {"run": "films-0", "name": "films-0", "metrics": {"accuracy": 0.9}}
    _, body = _card({**EVALUATION, "intervals": intervals, "champion": champion})
    assert "| this model | 0.9123 (0.9000 to 0.9300) | 0.9000 |" in body
    assert "| films-0 | 0.9000 | – |" in body
    assert "In brackets: 95 % intervals" in body


def test_the_card_says_what_to_use_it_for_and_how() -> None:
    _, body = _card(EVALUATION, title="größe a")
    assert "Says to which class a text belongs." in body
    assert 'requests.post(f"{API_URL}/models/gr%C3%B6%C3%9Fe%20a/predict"' in body
    assert 'pipeline("text-classification", model="this/folder")' in body
    assert "the API has it under `/runs/films-1/report`." in body


@pytest.mark.parametrize("task", list(every_form()), ids=lambda task: f"{task.name}/{task.variant}")
def test_every_form_has_a_use_and_code_that_compiles(task: Any) -> None:
    _, body = _card({**EVALUATION, "task": task.name, "variant": task.variant})
    assert "What it was trained for." not in body
    blocks = body.split("```python\n")[1:]
    assert blocks
    for block in blocks:
        compile(block.split("\n```")[0], "card", "exec")


def test_limits_are_those_that_the_numbers_show() -> None:
    calibration = {"ece": 0.123, "bins": []}
    _, body = _card({**EVALUATION, "rows": 12, "calibration": calibration, "leakage": {"train": 3, "validation": 1}})
    assert "12 held-out rows are few: its quality is only roughly known." in body
    assert "Its scores differ from the share of right answers by 0.123 on average." in body
    said = "4,800 rows were trained on and 12 others held out. 3 rows that stand among those were left out of training."
    assert said in body


def test_many_labels_and_odd_ones_are_listed_without_breaking_the_page() -> None:
    labels = ["a `b`", "line\nbreak", *(str(number) for number in range(LABELS))]
    _, body = _card({**EVALUATION, "labels": labels}, title="<b>x")
    assert "- `` a `b` ``\n- `line break`\n- `0`" in body
    assert "- … and 2 more, in `config.json`" in body
    assert "# &lt;b>x" in body
