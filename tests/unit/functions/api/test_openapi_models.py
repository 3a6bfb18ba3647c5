from __future__ import annotations

import pytest

from functions.api.openapi_models import live_models
from tests.unit.functions.api.client import Client, live


def test_only_what_is_live_is_described(call: Client) -> None:
    live(call)
    call.ledger.add("others-1", model="others", status="training")
    (model,) = live_models(call.ledger)
    assert (model.name, model.task, tuple(model.labels)) == (
        "reviews",
        "text-classification",
        ("n", "p"),
    )
    assert model.example == {"inputs": "This is a sentence to classify."}
    assert model.max_body_bytes == 5 * 2**20


@pytest.mark.parametrize("label_count", [3, 5000])
def test_labels_that_are_not_all_are_left_out(call: Client, label_count: int) -> None:
    live(call)
    evaluation = call.ledger.run_records["reviews-1"]["evaluation"]
    call.ledger.run_records["reviews-1"]["evaluation"] = evaluation | {
        "label_count": label_count
    }
    (model,) = live_models(call.ledger)
    assert model.labels == ()


def test_a_model_with_code_of_its_own_has_no_task(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["custom"] = True
    (model,) = live_models(call.ledger)
    assert model.task is None
