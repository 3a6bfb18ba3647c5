from __future__ import annotations

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.sagemaker.common import package_views
from localcloud.sagemaker.common.package_views import (
    PackageViews,
    visible_distributions,
)

CHILD = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1]]))"


@pytest.fixture
def views(tmp_path: Path) -> PackageViews:
    return PackageViews(tmp_path / "views")


def run(python: Path, code: str, *arguments: str) -> str:
    """The last line of stderr; empty where the program ended well."""
    command = [str(python), "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def test_what_is_named_is_visible_with_what_it_needs(views: PackageViews) -> None:
    python = views.find(["sacrebleu==2.6.0", "rouge_score"])
    assert run(python, "import sacrebleu, rouge_score, numpy, nltk, pip") == ""


def test_what_is_not_named_is_hidden(views: PackageViews) -> None:
    python = views.find(["numpy"])
    assert (
        run(python, "import sacrebleu")
        == "ModuleNotFoundError: No module named 'sacrebleu'"
    )
    assert run(
        python, "import importlib.metadata as m; m.version('sacrebleu')"
    ).endswith("No package metadata was found for sacrebleu")


def test_a_subprocess_sees_no_more_and_no_less(views: PackageViews) -> None:
    python = views.find(["numpy"])
    assert run(python, CHILD, "import numpy") == ""
    assert "No module named 'sacrebleu'" in run(python, CHILD, "import sacrebleu")


@pytest.mark.parametrize(
    "line", ["sacrebleu<1", "no-such-package", "-r more.txt", "", "./folder"]
)
def test_a_line_that_is_not_met_here_shows_nothing(line: str) -> None:
    assert visible_distributions((line,)) == visible_distributions(())


def test_an_extra_brings_its_own() -> None:
    plain, with_extra = (
        visible_distributions((line,))
        for line in ("transformers", "transformers[torch]")
    )
    assert "accelerate" not in plain
    assert "accelerate" in with_extra


def test_the_same_packages_have_one_view(views: PackageViews) -> None:
    first, again = views.find(["numpy"]), views.find(["numpy", "pip"])
    assert first == again
    assert views.find(["six"]) != first


def test_a_view_that_another_process_made_meanwhile_is_taken(
    views: PackageViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = package_views.build_view

    def build_after_another(folder: Path, names: frozenset[str]) -> Path:
        build(views.folder / package_views._key(names), names)
        return build(folder, names)

    monkeypatch.setattr(package_views, "build_view", build_after_another)
    assert run(views.find(["six"]), "import six") == ""
    assert len(list(views.folder.iterdir())) == 1


def test_jobs_that_start_together_read_their_requirements_one_after_another(
    views: PackageViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's parser fails at times where several threads use it."""
    reading = threading.Lock()

    def read(requirements: tuple[str, ...]) -> frozenset[str]:
        assert reading.acquire(blocking=False), "two at once"
        time.sleep(0.02)
        reading.release()
        return frozenset({"pip"})

    monkeypatch.setattr(package_views, "visible_distributions", read)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(views.find, [["pip"]] * 4))) == 1
