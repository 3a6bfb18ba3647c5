"""A model is deleted under the roles that the stack has: nothing of it is left anywhere."""

from __future__ import annotations

from tests.e2e.client import Cloud, eventually
from tests.e2e.test_teardown import log_groups

MODEL = "deleted-reviews"


def test_a_deleted_model_leaves_nothing(cloud: Cloud, live: str) -> None:
    cloud.drop(MODEL, cloud.archive_of(live), "model.tar.gz")
    run = cloud.ended(MODEL)
    assert run["status"] == "live"
    assert cloud.predict(MODEL, "a lovely film").status_code == 200
    released = f"/models/{MODEL}/releases/{run['run']}"
    assert cloud.http.delete(released).status_code == 409

    def is_deleted() -> bool:
        answer = cloud.http.delete(f"/models/{MODEL}")
        assert answer.status_code in {200, 409}, answer.text
        return answer.status_code == 200

    eventually("the model is deleted", is_deleted, timeout=60)
    assert cloud.http.get(f"/models/{MODEL}").status_code == 404
    assert cloud.http.get(f"/runs/{run['run']}").status_code == 404
    for prefix in (
        f"datasets/{MODEL}/",
        f"runs/{run['run']}/",
        f"models/{run['run']}/",
    ):
        assert cloud.keys(prefix) == []
    kinds = (cloud.endpoints(), cloud.configs(), cloud.models(), log_groups(cloud))
    assert [[name for name in kind if MODEL in name] for kind in kinds] == [[]] * 4
    assert cloud.predict(live, "a lovely film").status_code == 200
