"""The stand-in of the Hub, asked by the Hub's own client, by transformers, and by what Inspect asks it with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from functions.adapters.hub import HubError, HubModel, ask
from tests.hub_stand_in import HubStandIn
from tests.unit.inference.tiny import build_model

TOKEN = "hf_of_the_owner"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("hub-model"))


@pytest.fixture(scope="module")
def hub(model: Path) -> Iterator[HubStandIn]:
    with HubStandIn() as started:
        started.add("org/open", model, pipeline_tag="text-classification", tag="v1.0")
        started.add("org/closed", model, access="private", token=TOKEN)
        started.add("org/gated", model, access="gated", token=TOKEN)
        yield started


@pytest.mark.parametrize(
    ("repo", "token"), [("org/open", None), ("org/closed", TOKEN), ("org/gated", TOKEN)]
)
def test_the_hubs_client_downloads_a_model(
    hub: HubStandIn, model: Path, tmp_path: Path, repo: str, token: str | None
) -> None:
    folder = Path(
        snapshot_download(
            repo, endpoint=hub.url, cache_dir=tmp_path, token=token or False
        )
    )
    assert folder.name == hub.repos[repo].commit
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in model.iterdir()
    )
    assert (folder / "model.safetensors").read_bytes() == (
        model / "model.safetensors"
    ).read_bytes()
    assert any(
        request.method == "HEAD" and request.path.startswith(f"/{repo}/resolve/")
        for request in hub.requests
    )


@pytest.mark.parametrize(
    ("wanted", "token", "error"),
    [
        ("org/none", False, RepositoryNotFoundError),
        ("org/closed", False, RepositoryNotFoundError),
        ("org/closed", "hf_of_another", RepositoryNotFoundError),
        ("org/gated", False, GatedRepoError),
        ("org/gated", "hf_of_another", GatedRepoError),
        ("org/open@v2.0", False, RevisionNotFoundError),
    ],
)
def test_the_hubs_client_understands_a_refusal(
    hub: HubStandIn,
    tmp_path: Path,
    wanted: str,
    token: str | bool,
    error: type[Exception],
) -> None:
    repo, _, revision = wanted.partition("@")
    with pytest.raises(error):
        snapshot_download(
            repo,
            revision=revision or None,
            endpoint=hub.url,
            cache_dir=tmp_path,
            token=token,
        )


def test_transformers_finds_a_model_by_its_id(hub: HubStandIn, tmp_path: Path) -> None:
    script = (
        "from transformers import AutoModelForSequenceClassification as M, AutoTokenizer as T\n"
        "print(M.from_pretrained('org/open', revision='v1.0').config.id2label)\n"
        "print(len(T.from_pretrained('org/open')) > 50)\n"
    )
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("HF_")
    }
    environment = {
        **kept,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{0: 'negative', 1: 'neutral', 2: 'positive'}\nTrue\n", (
        done.stderr
    )


@pytest.mark.parametrize("revision", ["main", "v1.0"])
def test_inspect_learns_what_a_model_is(
    hub: HubStandIn, model: Path, revision: str
) -> None:
    files = tuple(sorted(path.name for path in model.iterdir()))
    assert ask("org/open", revision, "", endpoint=hub.url) == HubModel(
        hub.repos["org/open"].commit,
        "text-classification",
        ("BertForSequenceClassification",),
        files,
        "bert",
    )


@pytest.mark.parametrize("repo", ["org/closed", "org/gated"])
def test_inspect_is_shown_a_closed_model_with_its_token(
    hub: HubStandIn, repo: str
) -> None:
    assert (
        ask(repo, "main", TOKEN, endpoint=f"{hub.url}/").commit
        == hub.repos[repo].commit
    )


@pytest.mark.parametrize(
    ("wanted", "token", "message"),
    [
        ("org/none", "", "401 Unauthorized"),
        ("org/none", "hf_x", "404 Not Found"),
        ("org/closed", "", "401 Unauthorized"),
        ("org/gated", "", "401 Unauthorized"),
        ("org/gated", "hf_x", "403 Forbidden"),
        ("org/open@feature/x", "", "404 Not Found"),
    ],
)
def test_inspect_is_told_why_there_is_no_answer(
    hub: HubStandIn, wanted: str, token: str, message: str
) -> None:
    repo, _, revision = wanted.partition("@")
    with pytest.raises(HubError) as raised:
        ask(repo, revision or "main", token, endpoint=hub.url)
    assert (raised.value.status, str(raised.value)) == (int(message[:3]), message)


def test_a_hub_that_is_not_there_gives_no_status() -> None:
    with pytest.raises(HubError, match="Connection refused") as raised:
        ask("org/open", "main", "", endpoint="http://127.0.0.1:1")
    assert raised.value.status is None


def test_a_renamed_model_is_found_by_its_former_name(
    hub: HubStandIn, tmp_path: Path
) -> None:
    hub.moved["org/former"] = "org/closed"
    assert (
        ask("org/former", "main", TOKEN, endpoint=hub.url).commit
        == hub.repos["org/closed"].commit
    )
    folder = snapshot_download(
        "org/former", endpoint=hub.url, cache_dir=tmp_path, token=TOKEN
    )
    assert (Path(folder) / "config.json").is_file()


def test_a_token_goes_to_no_other_host(hub: HubStandIn, model: Path) -> None:
    with HubStandIn() as other:
        other.add("org/open", model)
        hub.moved["org/away"] = f"{other.url}//org/open"
        assert (
            ask("org/away", "main", TOKEN, endpoint=hub.url).commit
            == other.repos["org/open"].commit
        )
        assert [(request.path, request.token) for request in other.requests] == [
            ("/api/models/org/open/revision/main", "")
        ]
    assert hub.requests[-1].token == TOKEN
