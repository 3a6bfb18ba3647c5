"""The hooks that an archive's shim gives to the hosting container."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from contracts.answering_run import HEADER
from inference.drop_code import serving_hooks
from inference.hooks import DEFAULT_HOOKS
from inference.protocols.context import Context
from inference.protocols.user_code import hooks_of


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


@pytest.mark.parametrize(
    "script",
    [
        "def output_fn(prediction, accept): return prediction\n",
        "def output_fn(prediction, accept, context): return prediction\n",
        "def transform_fn(model, body, kind, accept): return body\n",
        "",
    ],
    ids=["output", "output with context", "transform", "ours"],
)
def test_the_last_hook_names_the_run_where_its_variant_does_not(
    code: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setenv("TRAINDROP_RUN", "m-1")
    if script:
        (code / "drop_inference.py").write_text(script)
    hooks = serving_hooks(code)
    context = Context(code)
    context.set_response_header(0, HEADER, "truncated=1")
    if "transform_fn" in hooks:
        assert hooks["transform_fn"](None, b"x", "text/csv", "*/*", context) == b"x"
    else:
        hooks["output_fn"]([], "application/json", context)
    assert context.get_response_headers(0) == {HEADER: "truncated=1; run=m-1"}


def test_ours_stays_ours_when_it_names_the_run(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server that is not the container takes only a drop's own hooks."""
    monkeypatch.setenv("TRAINDROP_RUN", "m-1")
    hooks = serving_hooks(code)
    assert hooks_of(module(hooks)) == {}
    (code / "drop_inference.py").write_text("def output_fn(x, accept): return x\n")
    assert set(hooks_of(module(serving_hooks(code)))) == {"output_fn"}


def module(attributes: Mapping[str, object]) -> ModuleType:
    made = ModuleType("inference")
    vars(made).update(attributes)
    return made
