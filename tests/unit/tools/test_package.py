"""What each function ships: its imports and nothing else, and that it works from there alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from functions.train.source_archive import source_archive
from inference.packaging import serving_files
from localcloud.deploy import SOURCES
from tests.unit.stack import template
from tools.package import (
    PACKED_SOURCES,
    PackageError,
    build,
    handler_module,
    import_closure,
    package_files,
)
from tools.source_modules import ROOT

HANDLERS = sorted({handler_module(function) for function in template.functions()})
IMPORT_ALL = """
import importlib, os, sys
sys.path.insert(0, os.getcwd())
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    assert module.__file__.startswith(os.getcwd()), module.__file__
"""
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_TRACE_DISABLED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def write(root: Path, **texts: str) -> None:
    """Modules by their names, with `__` for the dot."""
    for name, text in texts.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for package in path.relative_to(root).parents[:-1]:
            (root / package / "__init__.py").touch()


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_module_of_a_package_can_be_imported_from_the_package_alone(
    handler: str, tmp_path: Path
) -> None:
    function = next(
        name for name in template.functions() if handler_module(name) == handler
    )
    build(function, tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT_ALL, *import_closure(handler)],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_start_training_packs_the_same_source_from_its_package(tmp_path: Path) -> None:
    build("StartTrainingFunction", tmp_path)
    assert source_archive(tmp_path).digest == source_archive(ROOT).digest


def test_inspect_packs_the_same_serving_code_from_its_package(tmp_path: Path) -> None:
    build("InspectFunction", tmp_path)
    assert [name for name, _ in serving_files(tmp_path)] == [
        name for name, _ in serving_files(ROOT)
    ]
    assert all(path.is_file() for _, path in serving_files(tmp_path))


def test_the_api_ships_no_dataset_readers_and_no_training() -> None:
    shipped = {
        path.relative_to(ROOT).as_posix()
        for path in package_files(handler_module("ApiFunction"))
    }
    assert "functions/api/handler.py" in shipped
    assert not [
        name
        for name in shipped
        if name.startswith(("functions/inspect/formats/", "training/", "inference/"))
    ]


def test_the_api_ships_the_console(tmp_path: Path) -> None:
    build("ApiFunction", tmp_path)
    files = sorted(path.name for path in (ROOT / "console").iterdir())
    assert "index.html" in files
    assert sorted(path.name for path in (tmp_path / "console").iterdir()) == files


@pytest.mark.parametrize("handler", HANDLERS)
def test_no_package_holds_tools_tests_or_compiled_files(handler: str) -> None:
    shipped = [path.relative_to(ROOT) for path in package_files(handler)]
    assert not {"tools", "tests", "localcloud", "benchmarks"} & {
        path.parts[0] for path in shipped
    }
    assert not [path for path in shipped if "__pycache__" in path.parts]


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_local_cloud_deploys_anew_when_a_file_of_a_package_changes(
    handler: str,
) -> None:
    assert {path.relative_to(ROOT).parts[0] for path in package_files(handler)} <= set(
        SOURCES
    )


@pytest.mark.parametrize("module", PACKED_SOURCES)
def test_what_packs_sources_exists(module: str) -> None:
    assert module in import_closure(module)


def test_imports_are_followed_through_packages_functions_and_names(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        app__handler="import os\nfrom app.steps import judge\n\ndef handler():\n    from app.late import now\n",
        app__steps__judge="from app.words import WORD\n",
        app__words="from . import numbers\nWORD = 1\n",
        app__numbers="",
        app__late="now = 1\n",
        app__unused="",
    )
    assert set(import_closure("app.handler", tmp_path)) == {
        "app",
        "app.handler",
        "app.steps",
        "app.steps.judge",
        "app.words",
        "app.numbers",
        "app.late",
    }


def test_an_import_at_run_time_brings_every_module_of_its_package(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        app__handler='import_module(f"app.kinds.{kind}")\n',
        app__kinds__a="",
        app__kinds__b="",
    )
    assert set(import_closure("app.handler", tmp_path)) == {
        "app",
        "app.handler",
        "app.kinds",
        "app.kinds.a",
        "app.kinds.b",
    }


def test_an_import_at_run_time_of_anything_is_refused(tmp_path: Path) -> None:
    write(tmp_path, app__handler="import_module(name)\n")
    with pytest.raises(
        PackageError,
        match=r'expected import_module\(f"package\.\{name\}"\); found name\.',
    ):
        import_closure("app.handler", tmp_path)


def test_a_handler_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        PackageError, match=r"expected the module app\.handler in .*; found none\."
    ):
        import_closure("app.handler", tmp_path)


def test_a_function_that_the_template_lacks_is_named() -> None:
    with pytest.raises(
        PackageError,
        match=r"expected a function LostFunction with a Handler; found none\.",
    ):
        handler_module("LostFunction")
