from __future__ import annotations

from functions.inspect.layouts import Plan
from functions.inspect.preparation.manifest import Manifest, ManifestFile, shards_of
from tests.unit.functions.inspect.drop_files import drop_file


def pieces(sizes: list[int], most: int) -> list[tuple[str, int, int]]:
    files = tuple(drop_file(f"train-{i}.csv", size) for i, size in enumerate(sizes))
    plan = Plan("named splits", {"train": files, "test": files[:1]})
    return [(shard.split, shard.start, shard.end) for shard in shards_of(plan, most)]


def test_files_that_follow_one_another_are_one_shard_up_to_a_size() -> None:
    assert pieces([3, 3, 3, 9, 1, 1], 6) == [
        ("train", 0, 2),
        ("train", 2, 3),
        ("train", 3, 4),
        ("train", 4, 6),
        ("test", 0, 1),
    ]


def test_a_shard_holds_one_split_only() -> None:
    assert pieces([1], 100) == [("train", 0, 1), ("test", 0, 1)]


def test_a_manifest_gives_back_the_files_of_the_drop() -> None:
    files = [drop_file("a.csv"), drop_file("code/train.py", 5)]
    manifest = Manifest(model="m", files=tuple(map(ManifestFile.of, files)), shards=())
    assert Manifest.read(manifest.write()).drop_files == files
