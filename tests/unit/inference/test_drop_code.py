"""The hooks that an archive's shim gives to the hosting container."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.drop_code import serving_hooks
from inference.hooks import DEFAULT_HOOKS


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("drop_inference", None)


def test_without_a_script_all_hooks_are_ours(code: Path) -> None:
    assert serving_hooks(code) == DEFAULT_HOOKS


def test_the_drops_hooks_replace_ours(code: Path) -> None:
    (code / "drop_inference.py").write_text(
        "def predict_fn(data, model): return 'own'\n"
    )
    hooks = serving_hooks(code)
    assert hooks["predict_fn"](None, None) == "own"
    assert {name: hooks[name] for name in hooks if name != "predict_fn"} == {
        name: DEFAULT_HOOKS[name] for name in DEFAULT_HOOKS if name != "predict_fn"
    }


def test_a_transform_stands_beside_our_loading_only(code: Path) -> None:
    (code / "drop_inference.py").write_text(
        "def transform_fn(model, body, kind, accept): ...\n"
    )
    assert set(serving_hooks(code)) == {"model_fn", "transform_fn"}


def test_packages_are_there_before_the_script_is_imported(code: Path) -> None:
    """Those in the archive's own folder; pip itself is tried in the integration tests."""
    (code / "traindrop-requirements.txt").write_text("pytest\n")
    (code / "site-packages").mkdir()
    (code / "site-packages" / "packed_with_it.py").write_text("WORD = 'packed'\n")
    (code / "drop_inference.py").write_text(
        "from packed_with_it import WORD\ndef predict_fn(data, model): return WORD\n"
    )
    assert serving_hooks(code)["predict_fn"](None, None) == "packed"
