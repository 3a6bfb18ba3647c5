from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inference import hooks
from inference.protocols.errors import HookError
from inference.protocols.user_code import hooks_of, load_user_code
from tests.unit.inference.model_folder import add_code


def module(**members: Any) -> ModuleType:
    result = ModuleType("script")
    for name, member in members.items():
        setattr(result, name, member)
    return result


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("model_fn", 1),
        ("input_fn", 2),
        ("predict_fn", 2),
        ("output_fn", 2),
        ("transform_fn", 4),
    ],
)
def test_hooks_may_take_a_context_or_not(name: str, count: int) -> None:
    for accepted in (count, count + 1):
        names = ", ".join(f"a{number}" for number in range(accepted))
        function = eval(f"lambda {names}: [{names}]")
        hook = hooks_of(module(**{name: function}))[name]
        assert hook(*range(count), context="context") == [
            *range(count),
            *["context"] * (accepted - count),
        ]


def test_context_with_a_default_is_still_given() -> None:
    hook = hooks_of(module(model_fn=lambda model_dir, context=None: context))[
        "model_fn"
    ]
    assert hook("folder", context="context") == "context"


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        (
            "model_fn",
            lambda: None,
            "expected model_fn(model_dir) or model_fn(model_dir, context); found 0 parameters. Change the definition.",
        ),
        (
            "predict_fn",
            lambda data: None,
            "expected predict_fn(data, model) or predict_fn(data, model, context); found 1 parameter. "
            "Change the definition.",
        ),
        (
            "transform_fn",
            lambda a, b, c, d, e, f: None,
            "expected transform_fn(model, body, content_type, accept) or "
            "transform_fn(model, body, content_type, accept, context); found 6 parameters. Change the definition.",
        ),
        ("input_fn", 3, "expected input_fn to be a function; found a int. Rename it."),
    ],
)
def test_wrong_arity_is_refused(name: str, function: Any, message: str) -> None:
    with pytest.raises(HookError) as caught:
        hooks_of(module(**{name: function}))
    assert str(caught.value) == message


@pytest.mark.parametrize("other", ["input_fn", "predict_fn", "output_fn"])
def test_transform_fn_excludes_the_hooks_it_replaces(other: str) -> None:
    with pytest.raises(HookError) as caught:
        hooks_of(
            module(
                **{"transform_fn": lambda a, b, c, d: None, other: lambda a, b: None}
            )
        )
    assert str(caught.value) == (
        "expected transform_fn alone, because it replaces input_fn, predict_fn and output_fn; "
        f"found {other} beside it. Remove one or the other."
    )


def test_transform_fn_goes_with_model_fn() -> None:
    result = hooks_of(
        module(transform_fn=lambda a, b, c, d: None, model_fn=lambda d: None)
    )
    assert sorted(result) == ["model_fn", "transform_fn"]


def test_load_fn_is_no_hook() -> None:
    assert hooks_of(module(load_fn=lambda: None)) == {}


def test_traindrops_own_hooks_are_not_overrides() -> None:
    assert list(
        hooks_of(module(**hooks.DEFAULT_HOOKS | {"output_fn": lambda p, a: b""}))
    ) == ["output_fn"]


def test_script_imports_its_neighbours(tmp_path: Path) -> None:
    add_code(
        tmp_path,
        inference="from neighbour import model_fn",
        neighbour="def model_fn(d): return 'here'",
    )
    assert (
        load_user_code(tmp_path / "code", None).hooks["model_fn"]("d", context=None)
        == "here"
    )


def test_next_archives_neighbours_replace_the_last_ones(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        add_code(
            tmp_path / name,
            inference="from neighbour import model_fn",
            neighbour=f"def model_fn(d): return {name!r}",
        )
        assert (
            load_user_code(tmp_path / name / "code", None).hooks["model_fn"](
                "d", context=None
            )
            == name
        )
    assert str(tmp_path / "first" / "code") not in sys.path


def test_an_archives_package_is_found_beside_another_of_its_name(
    tmp_path: Path,
) -> None:
    """Traindrop's client is called so too, and may have been imported in this process."""
    client = importlib.import_module("traindrop.client")
    code = add_code(tmp_path, inference="from traindrop.mark import model_fn") / "code"
    (code / "traindrop").mkdir()
    (code / "traindrop" / "__init__.py").touch()
    (code / "traindrop" / "mark.py").write_text("def model_fn(d): return 'packed'")
    hooks = load_user_code(code, None).hooks
    assert hooks["model_fn"]("d", context=None) == "packed"
    assert sys.modules["traindrop.client"] is client


def test_this_package_stays_importable_beside_a_script_of_its_name(
    tmp_path: Path,
) -> None:
    load_user_code(add_code(tmp_path, inference="x = 1") / "code", None)
    assert sys.modules["inference"].__name__ == "inference"
    assert not hasattr(sys.modules["inference"], "x")


@pytest.mark.parametrize("program", ["serve.py", "serve"])
def test_program_names_the_script(tmp_path: Path, program: str) -> None:
    add_code(
        tmp_path, serve="def model_fn(d): return 1", inference="raise RuntimeError"
    )
    assert "model_fn" in load_user_code(tmp_path / "code", program).hooks


def test_program_may_be_a_package(tmp_path: Path) -> None:
    (tmp_path / "code" / "serve").mkdir(parents=True)
    (tmp_path / "code" / "serve" / "__init__.py").write_text(
        "def model_fn(d): return 1"
    )
    assert "model_fn" in load_user_code(tmp_path / "code", "serve.py").hooks


def test_missing_program_is_refused(tmp_path: Path) -> None:
    add_code(tmp_path, other="")
    with pytest.raises(HookError) as caught:
        load_user_code(tmp_path / "code", "serve.py")
    assert str(caught.value) == (
        f"expected serve.py in {tmp_path / 'code'}, as SAGEMAKER_PROGRAM says; "
        "found other.py. Pack the script or unset it."
    )


def test_no_script_overrides_nothing(tmp_path: Path) -> None:
    assert load_user_code(tmp_path / "code", None).hooks == {}
    assert load_user_code(tmp_path / "code", "inference.py").path is None


def test_a_script_has_its_own_name_and_another_where_that_is_taken(
    tmp_path: Path,
) -> None:
    text = "class Net: ...\ndef model_fn(d): return Net.__module__\n"
    add_code(tmp_path, serve_it=text, inference=text)
    for program, name in (
        ("serve_it.py", "serve_it"),
        ("inference.py", "traindrop_user_code"),
    ):
        hooks = load_user_code(tmp_path / "code", program).hooks
        assert hooks["model_fn"]("d", context=None) == name


def test_a_script_that_fails_is_no_module(tmp_path: Path) -> None:
    add_code(tmp_path, broken_script="1 / 0")
    with pytest.raises(ZeroDivisionError):
        load_user_code(tmp_path / "code", "broken_script.py")
    assert "broken_script" not in sys.modules
