from __future__ import annotations

from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from contracts.evaluation import Evaluation
from tasks import Task, every_variant, get_task
from tests.golden import CheckGolden
from training.model_card import CardInfo, model_card
from training.model_card.card import MAX_LABELS

DOCUMENT: dict[str, Any] = {
    "task": "text-classification",
    "variant": "",
    "metric": "accuracy",
    "rows": 1200,
    "model": {"accuracy": 0.91234, "macro_f1": 0.9},
    "baselines": {
        "trivial": {
            "name": "always 'a|b'",
            "metrics": {"accuracy": 0.5, "macro_f1": 0.3},
        },
        "reference": None,
    },
    "champion": None,
    "labels": ["a|b", "größe", "1"],
    "training": {
        "rows": 4800,
        "epochs": 2.0,
        "seconds": 61.2,
        "rows_per_second": 157.0,
        "device": "cpu",
    },
    "versions": {"python": "3.11.1", "torch": "2.9"},
}
GRAPH = {
    "engine": "onnxruntime",
    "precision": "int8",
    "reason": "",
    "metric": "accuracy",
    "rows": 1000,
    "values": {"torch": 0.9, "float32": 0.9, "int8": 0.898},
    "bytes": {"torch": 91_000_000, "float32": 91_000_000, "int8": 23_200_000},
    "seconds": 3.5,
}


def render(
    title: str = "films",
    base_model: str = "org/tiny",
    run: str = "films-1",
    **fields: Any,
) -> str:
    info = CardInfo(title, base_model, {"epochs": 2.0, "prefix": "a|b"}, run)
    return model_card(Evaluation.read(DOCUMENT | fields), info)


def front_matter(card: str) -> Any:
    return yaml.safe_load(card.split("---\n", 2)[1])


def body_of(card: str) -> str:
    return card.split("---\n", 2)[2]


def test_a_card_reads_as_its_golden_file(check_golden: CheckGolden) -> None:
    check_golden("text-classification.txt", render())


def test_every_optional_part_reads_as_its_golden_file(
    check_golden: CheckGolden,
) -> None:
    interval: dict[str, Any] = {"accuracy": [0.9, 0.93]}
    absent = {"trivial": None, "reference": None, "champion": None}
    card = render(
        title="größe a",
        rows=12,
        intervals={"model": interval, **absent, "difference": absent},
        champion={"run": "films-0", "name": "films-0", "metrics": {"accuracy": 0.9}},
        calibration={"ece": 0.123, "bins": []},
        leakage={"train": 3, "validation": 1, "duplicates": 0},
        serving=GRAPH,
    )
    check_golden("every-part.txt", card)


def test_as_little_as_possible_reads_as_its_golden_file(
    check_golden: CheckGolden,
) -> None:
    check_golden("bare.txt", render(base_model="", run="", labels=[], baselines={}))


def test_the_use_of_every_form_reads_as_its_golden_file(
    check_golden: CheckGolden,
) -> None:
    sections = []
    for task in every_variant():
        card = render(task=task.name, variant=task.variant)
        use = card.split("## Intended use\n")[1].split("## Labels\n")[0]
        sections.append(f"# {task.name} {task.variant}".rstrip() + "\n" + use)
    check_golden("uses.txt", "\n".join(sections))


@pytest.mark.parametrize(
    "task", list(every_variant()), ids=lambda task: f"{task.name}/{task.variant}"
)
def test_every_form_has_a_use_and_code_that_compiles(task: Task) -> None:
    body = body_of(render(task=task.name, variant=task.variant))
    assert "What it was trained for." not in body
    blocks = body.split("```python\n")[1:]
    assert blocks
    for block in blocks:
        compile(block.split("\n```")[0], "card", "exec")


def test_the_front_matter_is_what_the_hub_reads() -> None:
    front = front_matter(render())
    assert front["pipeline_tag"] == "text-classification"
    assert front["base_model"] == "org/tiny"
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert result["metrics"][0] == {
        "type": "accuracy",
        "value": 0.9123,
        "name": "accuracy",
    }
    assert "license" not in front


@pytest.mark.parametrize(
    "title", ["films", "Größe: a+b", "# <script>`x`", "1", "null", "---", "a\nb: c"]
)
def test_the_hubs_own_library_reads_the_card(title: str) -> None:
    data: Any = ModelCard(render(title), ignore_metadata_errors=False).data
    assert (data.pipeline_tag, data.base_model, data.model_name) == (
        "text-classification",
        "org/tiny",
        title,
    )
    results = []
    for result in data.eval_results:
        results.append(
            (
                result.metric_type,
                result.metric_value,
                result.dataset_name,
                result.dataset_split,
            )
        )
    assert results == [
        ("accuracy", 0.9123, title, "test"),
        ("macro_f1", 0.9, title, "test"),
    ]


def test_the_hub_gets_no_metric_that_is_not_a_number() -> None:
    card = render(model={"accuracy": float("nan"), "macro_f1": 0.9})
    (result,) = front_matter(card)["model-index"][0]["results"]
    assert [metric["type"] for metric in result["metrics"]] == ["macro_f1"]
    assert "| this model | nan | 0.9000 |" in card


def test_a_model_without_any_finite_metric_has_a_card() -> None:
    card = render(model={"accuracy": float("nan")})
    assert front_matter(card)["metrics"] == []
    assert "| this model | nan |" in card


def test_a_part_without_content_is_left_out() -> None:
    body = body_of(render(labels=[], base_model=""))
    for absent in ("## Labels", "labels", "## Graph", "In brackets"):
        assert absent not in body
    assert "fine-tuned from a base model by Traindrop" in body


def test_many_labels_and_odd_ones_are_listed_without_breaking_the_page() -> None:
    labels = ["a `b`", "line\nbreak", *map(str, range(MAX_LABELS))]
    body = body_of(render("<b>x", labels=labels))
    assert "- `` a `b` ``\n- `line break`\n- `0`" in body
    assert "- … and 2 more, in `config.json`" in body
    assert "# &lt;b>x" in body


def test_jinja_in_a_text_stays_a_text() -> None:
    assert "# {{ 1 + 1 }}" in render("{{ 1 + 1 }}")


def test_a_task_without_a_use_says_the_least() -> None:
    assert Task.use_sentence == "What it was trained for."
    assert get_task("fill-mask").use_sentence != Task.use_sentence
