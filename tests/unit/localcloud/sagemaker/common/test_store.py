from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.sagemaker.common.store import (
    ENDPOINT,
    MODEL,
    Body,
    DamagedStoreError,
    DuplicateError,
    MissingError,
    Store,
    check_store,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "s.db")
    yield store
    store.close()


def a_model(name: str) -> Body:
    return {"ModelName": name, "ModelArn": f"arn:{name}", "count": 0}


def test_what_is_inserted_is_found_by_another_life(tmp_path: Path) -> None:
    first = Store(tmp_path / "s.db")
    first.insert(MODEL, "m", a_model("m"))
    first.add_tags("arn:m", [{"Key": "k", "Value": "v"}])
    second = Store(tmp_path / "s.db")
    assert second.get(MODEL, "m") == a_model("m")
    assert second.tags("arn:m") == [{"Key": "k", "Value": "v"}]
    first.close()
    second.close()


def test_names_are_unique_within_a_kind(store: Store) -> None:
    store.insert(MODEL, "m", a_model("m"))
    store.insert(ENDPOINT, "m", {"EndpointName": "m"})
    with pytest.raises(DuplicateError, match="model 'm' exists"):
        store.insert(MODEL, "m", a_model("m"))


def test_missing_resources_are_named(store: Store) -> None:
    for act in (store.get, store.delete):
        with pytest.raises(MissingError, match="no endpoint is called 'e'"):
            act(ENDPOINT, "e")


def test_a_change_that_raises_changes_nothing(store: Store) -> None:
    store.insert(MODEL, "m", a_model("m"))

    def edit(body: Body) -> None:
        body["count"] = 1
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.change(MODEL, "m", edit)
    assert store.get(MODEL, "m")["count"] == 0


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    store.insert(MODEL, "m", a_model("m"))
    with pytest.raises(DuplicateError), store.transaction():
        store.insert(MODEL, "n", a_model("n"))
        store.insert(MODEL, "m", a_model("m"))
    assert [body["ModelName"] for body in store.all(MODEL)] == ["m"]


def test_changes_from_many_threads_are_all_kept(store: Store) -> None:
    store.insert(MODEL, "m", a_model("m"))

    def work() -> None:
        for _ in range(50):
            store.change(MODEL, "m", lambda body: body.update(count=body["count"] + 1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(MODEL, "m")["count"] == 200


def test_tags_go_with_their_resource(store: Store) -> None:
    store.insert(MODEL, "m", a_model("m"))
    store.add_tags("arn:m", [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}])
    store.add_tags("arn:m", [{"Key": "k", "Value": "x"}])
    store.delete_tags("arn:m", ["l"])
    assert store.tags("arn:m") == [{"Key": "k", "Value": "x"}]
    store.delete(MODEL, "m")
    assert store.tags("arn:m") == []


def damaged(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(DamagedStoreError) as caught:
        check_store(path)
    assert path.read_bytes() == content
    return str(caught.value)


def test_a_damaged_store_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    check_store(path)
    store = Store(path)
    for number in range(200):
        store.insert(MODEL, f"m{number}", {"ModelName": "m" * 100})
    store.close()
    check_store(path)
    whole = path.read_bytes()
    for content in (
        whole[: len(whole) // 2],
        whole[: len(whole) // 2] + b"noise" * 1000,
        b"noise" * 1000,
        whole[:100] + bytes(len(whole) - 100),
    ):
        text = damaged(path, content)
        assert f"in {path}; found a damaged file" in text
        assert f"mv {path} {path}.damaged" in text
