"""A mirrored model, found by its Hub id without the Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download, snapshot_download, try_to_load_from_cache

from tests.tiny_model import build
from training.user_script.hub_cache import COMMIT, cache_of


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build(tmp_path_factory.mktemp("mirror"))
    (folder / "sub").mkdir()
    (folder / "sub" / "more.json").write_text("{}")
    return folder


@pytest.mark.parametrize("model_id", ["org/tiny-model", "gpt2"])
def test_every_file_is_found_by_the_models_id(mirror: Path, model_id: str) -> None:
    environment = cache_of(str(mirror), model_id)
    cache = environment["HF_HUB_CACHE"]
    assert environment["HF_HUB_OFFLINE"] == "1"
    folder = Path(snapshot_download(model_id, cache_dir=cache, local_files_only=True))
    assert folder.name == COMMIT
    weights = Path(
        hf_hub_download(
            model_id, "model.safetensors", cache_dir=cache, local_files_only=True
        )
    )
    assert weights.resolve() == (mirror / "model.safetensors").resolve()
    assert (folder / "sub" / "more.json").read_text() == "{}"


def test_a_file_that_is_not_mirrored_is_not_found(mirror: Path) -> None:
    cache = cache_of(str(mirror), "org/tiny")["HF_HUB_CACHE"]
    assert try_to_load_from_cache("org/tiny", "tf_model.h5", cache_dir=cache) is None


def test_a_model_without_a_name_needs_no_cache(mirror: Path) -> None:
    assert cache_of(str(mirror), "") == {}
