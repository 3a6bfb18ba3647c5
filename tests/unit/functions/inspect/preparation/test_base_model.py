from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from functions.adapters import hub
from functions.adapters.hub import HubError
from functions.inspect.hub_lookup import look_up
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.hub_answers import answering, page

MODEL = "org/own"
ENCODERS = "distilbert/distilbert-base-uncased or FacebookAI/roberta-base"
CONFIG = f"base-models/{MODEL}/config.json"
ROWS = [{"tokens": ["Ada", f"ran{i}"], "tags": ["B-PER", "O"]} for i in range(20)]
TAGS = "\n".join(map(json.dumps, ROWS))
MASKS = "".join(f"a text of number {i}\n" for i in range(20))


def desk(answer: bytes | HubError) -> Desk:
    ask = partial(hub.ask, endpoint="https://hub.test/", get=answering(answer))
    return Desk(hub=lambda wanted: look_up(wanted, "shop", lambda name: "", ask))


def mirrored(model_type: str) -> Desk:
    """The Hub is not asked where there is a mirror."""
    position = Desk()
    position.bucket.drop(CONFIG, json.dumps({"model_type": model_type}))
    return position


def inspected(
    position: Desk, files: dict[str, bytes | str], settings: str = ""
) -> dict[str, Any]:
    text = f"base_model: {MODEL}\n{settings}"
    return position.inspect({**files, "traindrop.yaml": text})


@pytest.mark.parametrize(
    ("model_type", "files", "settings", "task", "others"),
    [
        ("pegasus", {"r.csv": reviews()}, "", "text-classification", ENCODERS),
        ("xlnet", {"r.txt": MASKS}, "task: fill-mask\n", "fill-mask", ENCODERS),
        (
            "gpt2",
            {"r.csv": reviews(header="document,summary")},
            "",
            "summarization",
            "google-t5/t5-small or facebook/bart-base",
        ),
        (
            "distilbert",
            {"r.txt": MASKS},
            "task: text-generation\n",
            "text-generation",
            "HuggingFaceTB/SmolLM2-135M or openai-community/gpt2",
        ),
    ],
)
def test_a_base_model_that_cannot_do_the_task_is_refused_before_training(
    model_type: str,
    files: dict[str, bytes | str],
    settings: str,
    task: str,
    others: str,
) -> None:
    seen = inspected(mirrored(model_type), files, settings)
    assert seen["outcome"] == "rejected", seen
    assert [problem["message"] for problem in seen["problems"]] == [
        f"traindrop.yaml, line 1, 'base_model': expected a base model that can do {task}; "
        f"found '{MODEL}', of the architecture {model_type}, which cannot. Choose another, such as {others}."
    ]


def test_the_hubs_word_counts_where_there_is_no_mirror() -> None:
    seen = inspected(desk(page(config={"model_type": "opt"})), {"r.jsonl": TAGS})
    assert seen["outcome"] == "rejected"
    assert (
        "found 'org/own', of the architecture opt, which cannot"
        in seen["problems"][0]["message"]
    )


@pytest.mark.parametrize(
    "model_type", ["bert", "roberta", "t5", "an-architecture-of-tomorrow"]
)
def test_a_base_model_that_can_or_is_unknown_is_trained(model_type: str) -> None:
    assert inspected(mirrored(model_type), {"r.csv": reviews()})["outcome"] == "ready"


@pytest.mark.parametrize(
    "answer",
    [HubError("timed out"), HubError("404 Not Found", 404), page(config={}), page()],
)
def test_a_hub_that_does_not_say_is_no_problem(answer: bytes | HubError) -> None:
    assert inspected(desk(answer), {"r.csv": reviews()})["outcome"] == "ready"


@pytest.mark.parametrize("config", ["", "[]", "{}", "no JSON"])
def test_a_mirror_that_does_not_say_is_no_problem(config: str) -> None:
    position = desk(page())
    position.bucket.drop(CONFIG, config)
    assert inspected(position, {"r.csv": reviews()})["outcome"] == "ready"


def test_a_base_model_that_is_to_be_tried_must_be_able_to_as_well() -> None:
    position = mirrored("xlnet")
    settings = f"task: fill-mask\nsearch:\n  trials: 3\n  base_models: [{MODEL}]\n"
    seen = position.inspect({"r.txt": MASKS, "traindrop.yaml": settings})
    assert [problem["column"] for problem in seen["problems"]] == ["search.base_models"]


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (
            "{trials: 3}",
            "without a limit of time (search.budget_minutes sets one)",
        ),
        ("{trials: 3, budget_minutes: 20}", "for about 20 minutes at most"),
    ],
)
def test_what_a_search_bills_is_said_before_it(settings: str, limit: str) -> None:
    files: dict[str, bytes | str] = {
        "r.csv": reviews(),
        "traindrop.yaml": f"search: {settings}\n",
    }
    seen = Desk().inspect(files)
    assert seen["outcome"] == "ready"
    (warning,) = [text for text in seen["warnings"] if "search" in text]
    assert warning == (
        f"The search trains up to 3 models before the one that is kept, {limit}: all of it is billed."
    )
