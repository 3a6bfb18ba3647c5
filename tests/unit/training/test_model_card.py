from __future__ import annotations

from typing import Any

import yaml

from training.model_card import model_card

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


def _card(evaluation: dict[str, Any], base_model: str = "org/tiny") -> tuple[Any, str]:
    text = model_card(evaluation, "films", base_model, {"epochs": 2.0, "prefix": "a|b"})
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_matter_is_what_the_hub_reads() -> None:
    front, _ = _card(EVALUATION)
    assert front["pipeline_tag"] == "text-classification"
    assert front["base_model"] == "org/tiny"
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert result["metrics"][0] == {"type": "accuracy", "value": 0.9123}


def test_the_body_says_how_good_it_is_and_beside_what() -> None:
    _, body = _card(EVALUATION)
    assert "On 1,200 held-out rows; the text-classification gate compares accuracy." in body
    assert "| this model | 0.9123 | 0.9000 |\n| always 'a\\|b' | 0.5000 | 0.3000 |" in body
    assert "- `größe`" in body
    assert "| `prefix` | a\\|b |" in body


def test_a_task_without_labels_has_no_list_of_them() -> None:
    _, body = _card({**EVALUATION, "labels": []}, base_model="")
    assert "## Labels" not in body
    assert "labels" not in body
    assert "fine-tuned from a base model by Traindrop" in body
