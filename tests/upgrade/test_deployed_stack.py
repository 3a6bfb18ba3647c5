"""A stack of an earlier version becomes one of this version while a model answers and another is in training."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from localcloud import lifecycle
from localcloud.cloud import LocalCloud
from tests.e2e.client import Cloud, command, eventually
from tests.e2e.conftest import BASE_MODEL, example_words, seed
from tests.e2e.drops import reviews
from tests.tiny_model import TEXTS, build
from tests.upgrade.earlier import earlier_version

pytestmark = pytest.mark.slow

LIVE, TRAINING, NEW = "live-reviews", "training-reviews", "new-reviews"
LONG_TRAINING = b"hyperparameters: {epochs: 400}\n"
PAUSE_SECONDS = 0.2


@dataclass
class Caller:
    """Somebody who calls a model all the time."""

    cloud: Cloud
    model: str
    statuses: list[int] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def calling(self) -> Iterator[None]:
        thread = threading.Thread(target=self._call)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _call(self) -> None:
        while not self._is_over.wait(PAUSE_SECONDS):
            answer = self.cloud.predict(self.model, "a lovely film")
            self.statuses.append(answer.status_code)


@pytest.fixture(scope="module")
def earlier_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud of its own with the earlier version's stack."""
    folder = tmp_path_factory.mktemp("upgrade")
    root = earlier_version(folder)
    cloud = LocalCloud.load(folder / "cloud")
    cloud.state.mkdir()
    cloud.parameters = {"BaseModel": BASE_MODEL}
    try:
        lifecycle.up(cloud, print, root=root)
        model = build(folder / "tiny", (*TEXTS, example_words()))
        seed(Cloud(cloud.state), BASE_MODEL, model)
        yield cloud
    finally:
        command("down", "--state", str(cloud.state))


@pytest.fixture
def cloud(earlier_cloud: LocalCloud) -> Iterator[Cloud]:
    """What a user of the earlier version has in hand, with the address that it printed."""
    user = Cloud(earlier_cloud.state)
    yield user
    user.http.close()


@pytest.mark.timeout(600)
def test_an_upgrade_disturbs_neither_callers_nor_a_training_in_progress(
    earlier_cloud: LocalCloud, cloud: Cloud
) -> None:
    cloud.live_model(LIVE)
    first = cloud.runs(LIVE)[0]["run"]
    cloud.replace_all(LIVE, {"data.csv": reviews(seed=1)})
    second = cloud.ended(LIVE, besides=[first])
    assert second["status"] in {"live", "kept_back"}
    cloud.drop(TRAINING, LONG_TRAINING, "traindrop.yaml")
    cloud.drop(TRAINING, reviews(seed=2))
    eventually(
        "it trains",
        lambda: any(run["status"] == "training" for run in cloud.runs(TRAINING)),
    )

    address = cloud.environment["TRAINDROP_API_URL"]
    caller = Caller(cloud, LIVE)
    with caller.calling():
        result = lifecycle.up(earlier_cloud, print)
    assert result.deployed
    assert Cloud(earlier_cloud.state).environment["TRAINDROP_API_URL"] == address
    assert set(caller.statuses) == {HTTPStatus.OK}
    assert cloud.runs(TRAINING)[0]["status"] == "training"

    assert cloud.ended(TRAINING, timeout=300)["status"] == "live"
    assert cloud.predict(TRAINING, "a lovely film").json()[0]["label"] == "positive"
    _goes_back_and_forth(cloud)
    cloud.live_model(NEW)
    eventually(
        "the model of both versions is deleted, its endpoint before it",
        lambda: cloud.http.delete(f"/models/{TRAINING}").is_success,
    )
    gone = cloud.http.get(f"/models/{TRAINING}")
    assert gone.status_code == HTTPStatus.NOT_FOUND


def _goes_back_and_forth(cloud: Cloud) -> None:
    """Releases of the earlier version are live again in turn."""
    releases = cloud.http.get(f"/models/{LIVE}/releases").json()["releases"]
    champion = cloud.http.get(f"/models/{LIVE}").json()["champion"]
    (other,) = [item["run"] for item in releases if item["run"] != champion]
    answer = cloud.http.post(f"/models/{LIVE}/promote", json={"run": other})
    assert answer.is_success, answer.text
    eventually(
        "the other release is live",
        lambda: cloud.http.get(f"/models/{LIVE}").json()["champion"] == other,
    )
    assert cloud.predict(LIVE, "a lovely film").status_code == HTTPStatus.OK
