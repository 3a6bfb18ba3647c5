"""`traindrop.yaml` that names a model of the Hub, through Inspect: what is deployed, and what is refused."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from functions.adapters import hub
from functions.adapters.hub import HubError
from functions.adapters.secrets import SecretError
from functions.inspect.hub_lookup import look_up
from tests.unit.functions.archives import names
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.hub_answers import COMMIT, REFUSED, answering, page

YAML = "hub:\n  model_id: org/m\n"
HOOK = "def model_fn(model_dir): ...\ndef predict_fn(data, model): ...\n"


def no_secret(name: str) -> str:
    raise SecretError(f"the secret {name!r} cannot be read (ResourceNotFoundException)")


def desk(answer: bytes | HubError, token: Any = no_secret) -> Desk:
    ask = partial(hub.ask, endpoint="https://hub.test/", get=answering(answer))
    return Desk(hub=lambda wanted: look_up(wanted, "shop", token, ask))


def refusals(seen: dict[str, Any]) -> list[str]:
    assert seen["outcome"] == seen["status"] == "rejected", seen
    return [problem["message"] for problem in seen["problems"]]


@pytest.mark.parametrize(("answer", "message"), REFUSED.values(), ids=REFUSED)
def test_a_model_that_cannot_be_deployed_is_refused(
    answer: bytes | HubError, message: str
) -> None:
    assert refusals(desk(answer).inspect({"traindrop.yaml": YAML})) == [message]


def test_a_model_is_pinned_to_the_commit_it_is_at_now() -> None:
    position = desk(page(pipeline_tag="sentiment-analysis"))
    seen = position.inspect({"traindrop.yaml": YAML})
    spec = position.bucket.document(seen["run"], "spec.json")
    assert (seen["outcome"], seen["task"], seen["warnings"]) == (
        "deployable",
        "text-classification",
        [],
    )
    assert spec["hub"] == {
        "model_id": "org/m",
        "revision": COMMIT,
        "token_secret": None,
    }
    assert spec["archive"] == f"models/{seen['run']}/model.tar.gz"
    assert seen["data"]["form"] == "a model of the Hugging Face Hub"
    assert seen["data"]["reasons"] == [
        "org/m of the Hub at 0123456789ab, for text-classification, without training.",
    ]


def test_its_archive_holds_code_and_nothing_else() -> None:
    position = desk(page())
    run = position.inspect({"traindrop.yaml": YAML})["run"]
    held = names(position.bucket.objects[f"models/{run}/model.tar.gz"])
    assert all(name.startswith("code/") for name in held)
    packages = {
        "code/traindrop/hooks.py",
        "code/tasks/registry.py",
        "code/contracts/problems.py",
    }
    assert {"code/inference.py", *packages} <= {*held}
    rows = json.loads(position.bucket.objects[f"models/{run}/verification.json"])[
        "rows"
    ]
    assert [sorted(row) for row in rows] == [["request"]]


@pytest.mark.parametrize(
    ("facts", "task"),
    [
        ({"pipeline_tag": "fill-mask"}, "fill-mask"),
        ({"pipeline_tag": "depth-estimation"}, "text-classification"),
        ({}, "text-classification"),
        ({"pipeline_tag": "ner"}, "token-classification"),
    ],
)
def test_the_task_is_the_pages_else_the_architectures(
    facts: dict[str, Any], task: str
) -> None:
    assert desk(page(**facts)).inspect({"traindrop.yaml": YAML})["task"] == task


def test_the_task_that_is_set_stands_before_the_pages() -> None:
    assert (
        desk(page()).inspect({"traindrop.yaml": f"{YAML}  task: fill-mask\n"})["task"]
        == "fill-mask"
    )


def test_a_hub_out_of_reach_is_none_where_the_task_is_set() -> None:
    position = desk(HubError("Connection refused"))
    seen = position.inspect(
        {"traindrop.yaml": f"{YAML}  task: fill-mask\n  revision: v1\n"}
    )
    assert (
        seen["outcome"],
        position.bucket.document(seen["run"], "spec.json")["hub"]["revision"],
    ) == (
        "deployable",
        "v1",
    )
    seen = desk(HubError("Connection refused")).inspect(
        {"traindrop.yaml": f"{YAML}  task: fill-mask\n"}
    )
    assert seen["data"]["reasons"] == [
        "org/m of the Hub as it is when the endpoint starts, for fill-mask, without training.",
    ]


def test_a_model_id_that_is_wrong_is_told_though_the_task_is_set() -> None:
    position = desk(HubError("404 Not Found", 404))
    assert (
        "found none (404 Not Found)"
        in refusals(position.inspect({"traindrop.yaml": f"{YAML}  task: fill-mask\n"}))[
            0
        ]
    )


def test_a_secret_of_another_stack_is_refused() -> None:
    position = desk(page())
    assert refusals(
        position.inspect({"traindrop.yaml": f"{YAML}  token_secret: other/hub\n"})
    ) == [
        "traindrop.yaml, 'hub.token_secret': expected the name of a secret that begins with 'shop/'; "
        "found 'other/hub'. Store the token in a secret such as 'shop/hub', which this stack's roles can read, "
        "and name that."
    ]


def test_a_secret_that_is_not_there_is_told() -> None:
    position = desk(page())
    assert refusals(
        position.inspect({"traindrop.yaml": f"{YAML}  token_secret: shop/hub\n"})
    ) == [
        "traindrop.yaml, 'hub.token_secret': expected a secret with a token of the Hub; "
        "found the secret 'shop/hub' cannot be read (ResourceNotFoundException). "
        "Create it in Secrets Manager with the token as its text, or correct the name."
    ]


def test_the_secrets_name_is_kept_and_its_token_is_not() -> None:
    position = desk(page(), lambda name: "hf_top_secret")
    run = position.inspect({"traindrop.yaml": f"{YAML}  token_secret: shop/hub\n"})[
        "run"
    ]
    assert (
        position.bucket.document(run, "spec.json")["hub"]["token_secret"] == "shop/hub"
    )
    assert not any(
        b"hf_top_secret" in content for content in position.bucket.objects.values()
    )
    assert "hf_top_secret" not in str(position.ledger.run_records)


def test_the_token_and_the_revision_are_what_the_hub_is_asked_with() -> None:
    requests: list[tuple[str, dict[str, str]]] = []

    def get(url: str, headers: dict[str, str]) -> bytes:
        requests.append((url, headers))
        return page(gated="manual")

    hub.ask("org/m", "feature/x", "hf_x", endpoint="https://hub.test/", get=get)
    assert requests == [
        (
            "https://hub.test/api/models/org/m/revision/feature%2Fx",
            {"authorization": "Bearer hf_x"},
        ),
        (
            "https://hub.test/org/m/resolve/feature%2Fx/config.json",
            {"authorization": "Bearer hf_x"},
        ),
    ]


def test_dropped_hooks_serve_a_model_of_any_kind(tmp_path: Path) -> None:
    position = desk(page(("model.pkl",), config={}))
    seen = position.inspect(
        {"code/inference.py": HOOK, "traindrop.yaml": f"{YAML}example:\n  x: 1\n"}
    )
    assert (seen["outcome"], seen["task"], seen["hooks"]) == (
        "deployable",
        "",
        ["model_fn", "predict_fn"],
    )
    run = seen["run"]
    assert "code/inference.py" in names(
        position.bucket.objects[f"models/{run}/model.tar.gz"]
    )
    assert json.loads(position.bucket.objects[f"models/{run}/verification.json"])[
        "rows"
    ] == [{"request": {"x": 1}}]


def test_data_beside_a_model_of_the_hub_is_refused() -> None:
    assert refusals(
        desk(page()).inspect({"a.csv": reviews(), "traindrop.yaml": YAML})
    ) == [
        "traindrop.yaml: expected no data beside hub:, which deploys a model as it is; found 'a.csv'. "
        "Remove hub: to train on the data (base_model: names what to start from), or remove the data."
    ]
