from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from inference.server.worker_start import hide_main, import_renamed, release_name


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "some_package"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "inner" / "__init__.py").write_text("from ..words import WORD\n")
    (folder / "words.py").write_text("WORD = __name__\n")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return folder


def test_a_package_may_be_imported_under_another_name(package: Path) -> None:
    import_renamed(package, "other_name")
    assert import_module("other_name.inner").WORD == "other_name.words"
    assert not any(name.startswith("some_package") for name in sys.modules)


def test_a_name_is_free_again(package: Path) -> None:
    import_renamed(package, "other_name")
    import_module("other_name.inner")
    import_renamed(package, "other_names")
    release_name("other_name")
    assert [name for name in sys.modules if name.startswith("other")] == ["other_names"]


def test_the_main_module_has_neither_name_nor_file(package: Path) -> None:
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    hide_main()
    assert (main.__spec__, main.__file__) == (None, None)
