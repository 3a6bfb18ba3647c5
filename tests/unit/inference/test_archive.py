from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from huggingface_hub import constants

from inference.archive import load, unpack
from inference.model.environment import Environment
from inference.model.task_of import task_of
from inference.protocols.errors import ArchiveError
from tests.unit.inference.model_folder import add_code
from tests.unit.inference.tiny import build_model


def pack(folder: Path, into: Path) -> Path:
    with tarfile.open(into, "w:gz") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, path.name)
    return into


def tar_of(member: tarfile.TarInfo, into: Path) -> Path:
    with tarfile.open(into, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(b""))
    return into


def test_archive_is_unpacked_as_it_was_packed(tmp_path: Path) -> None:
    (tmp_path / "m" / "code").mkdir(parents=True)
    (tmp_path / "m" / "code" / "inference.py").write_text("x")
    result = unpack(pack(tmp_path / "m", tmp_path / "model.tar.gz"), tmp_path / "out")
    assert (result / "code" / "inference.py").read_text() == "x"


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil"])
def test_paths_out_of_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    archive = tar_of(tarfile.TarInfo(name), tmp_path / "model.tar.gz")
    if name.startswith("/"):
        unpack(archive, tmp_path / "in")
        assert not Path("/evil").exists()
        return
    with pytest.raises(
        ArchiveError,
        match=r"^expected every path of .* inside the archive; found .*evil",
    ):
        unpack(archive, tmp_path / "in")


def test_links_out_of_the_archive_are_refused(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
    with pytest.raises(ArchiveError, match="inside the archive"):
        unpack(tar_of(link, tmp_path / "model.tar.gz"), tmp_path / "in")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"PK not a tar")
    with pytest.raises(
        ArchiveError,
        match=r"^expected a \.tar\.gz archive; found .*model.tar.gz, unreadable",
    ):
        unpack(path, tmp_path / "in")


def test_truncated_archive_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    path = pack(tiny_model, tmp_path / "model.tar.gz")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ArchiveError, match="unreadable"):
        unpack(path, tmp_path / "in")


def test_task_follows_the_architecture(tiny_model: Path) -> None:
    assert task_of(tiny_model) == "text-classification"


def test_hf_task_goes_before_the_architecture(tiny_model: Path) -> None:
    assert task_of(tiny_model, "sentiment-analysis") == "sentiment-analysis"
    assert (
        load(tiny_model, Environment(task="sentiment-analysis")).task
        == "text-classification"
    )


def test_folder_inside_the_folder_is_explained(tmp_path: Path) -> None:
    build_model(tmp_path / "checkpoint")
    with pytest.raises(ArchiveError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        f"expected config.json at the top of {tmp_path}; found checkpoint. "
        "Pack the files themselves: tar -C checkpoint -czf model.tar.gz ."
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "expected JSON in "),
        ("{}", "expected 'architectures' in "),
        (
            '{"architectures": ["BertForMultipleChoice"]}',
            "expected an architecture of …ForSequenceClassification",
        ),
    ],
)
def test_unusable_config_is_explained(
    tmp_path: Path, config: str, message: str
) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(ArchiveError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(message)


def test_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(
        ArchiveError,
        match=r"expected the model folder .*gone; found none. Name it with --model.",
    ):
        load(tmp_path / "gone")


def test_hf_model_id_goes_before_the_folder(tiny_model: Path, tmp_path: Path) -> None:
    other = build_model(tmp_path / "other", labels=("left", "right"))
    service = load(tiny_model, Environment(model_id=str(other)))
    labels = json.loads(
        service.invoke(b'{"inputs": "a", "parameters": {"top_k": null}}')
    )
    assert {score["label"] for score in labels} == {"left", "right"}


def test_hub_model_is_taken_from_the_cache_at_its_revision(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--org--tiny"
    shutil.copytree(tiny_model, repository / "snapshots" / ("a" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "v2").write_text("a" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    result = load(tmp_path / "absent", Environment(model_id="org/tiny", revision="v2"))
    assert result.task == "text-classification"
    with pytest.raises(
        ArchiveError,
        match="expected the Hub model 'org/tiny' at revision 'v3', as HF_MODEL_ID says",
    ):
        load(tmp_path / "absent", Environment(model_id="org/tiny", revision="v3"))


def test_model_folder_may_hold_only_code(tmp_path: Path) -> None:
    service = load(
        add_code(
            tmp_path, inference="def model_fn(d): return lambda inputs: inputs[::-1]"
        )
    )
    assert service.invoke(b'{"inputs": "abc"}') == b'"cba"'
