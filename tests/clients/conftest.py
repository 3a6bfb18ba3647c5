"""A local SageMaker as its command starts it, beside a Hub with tiny models, for clients in their environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub_stand_in import HubStandIn
from tests.tiny_model import build
from tests.tiny_models import build_reader

ROOT = Path(__file__).parents[2]
GOOD = ("good", "fine", "great", "lovely")
BAD = ("bad", "awful", "poor", "dull")
_THINGS = ("film", "plot", "cast", "music", "scene", "story")


def client_python(name: str) -> Path:
    """The interpreter of `.venv-clients-NAME`; the test is skipped where `make test-clients` has not made it."""
    python = ROOT / f".venv-clients-{name}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"needs {python.parents[1].name}: make test-clients sets it up")
    return python


@dataclass(frozen=True)
class ClientCloud:
    """A running local SageMaker; `environment` is what `localcloud env` prints, evaluated by a shell."""

    state: Path
    environment: dict[str, str]


def _localcloud(
    *arguments: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def _evaluated(exports: str, environment: dict[str, str]) -> dict[str, str]:
    script = f"{exports}\nenv -0"
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, capture_output=True, check=True
    )
    pairs = done.stdout.decode().rstrip("\0").split("\0")
    return dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubStandIn]:
    folder = tmp_path_factory.mktemp("hub")
    with HubStandIn() as stand_in:
        stand_in.add("distilbert-base-uncased", build(folder / "base"))
        reader = build_reader(folder / "reader")
        stand_in.add(
            "distilbert-base-uncased-distilled-squad",
            reader,
            pipeline_tag="question-answering",
        )
        yield stand_in


@pytest.fixture(scope="session")
def cloud(
    hub: HubStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClientCloud]:
    state = tmp_path_factory.mktemp("cloud") / "state"
    home = tmp_path_factory.mktemp("home")
    base = {**os.environ, "HF_ENDPOINT": hub.url, "HOME": str(home)}
    where = ("--state", str(state))
    options = ("--pass-hf-env", "--max-training-jobs", "4")
    _localcloud("sagemaker", *where, *options, environment=base)
    try:
        exports = _localcloud("env", *where, environment=base).stdout
        yield ClientCloud(state, _evaluated(exports, base))
    finally:
        _localcloud("down", "--purge", *where, environment=base)


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of films, good and bad by one word."""
    rows = ["text,label"]
    for label, words in enumerate((BAD, GOOD)):
        for word in words:
            rows += [f"the {thing} was {word},{label}" for thing in _THINGS]
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    path.write_text("\n".join(rows) + "\n")
    return path
