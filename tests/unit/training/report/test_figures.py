from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.training.report.page_reader import Page
from training.report import charts

ROOT = Path(__file__).parents[4]


def test_texts_of_a_figure_stay_texts_and_its_ids_are_its_own() -> None:
    ids = []
    for name in ("one", "two"):
        figure = charts.histogram(name, "Words", [1, 2, 2, 30], "words")
        page = Page(f"<svg>{figure.body}</svg>")
        assert {"words", "rows"} <= {text.strip() for text in page.texts}
        ids.append(
            {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        )
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_home_that_cannot_be_written_to_is_not_needed(tmp_path: Path) -> None:
    code = (
        "import os; from training.report import charts; charts.histogram('a', 'b', [1, 2], 'c');"
        "print(os.environ.get('MPLCONFIGDIR'))"
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MPL", "XDG"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=kept | {"HOME": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("None\n", "")
    assert not (tmp_path / "none").exists()


def test_nothing_of_matplotlib_is_loaded_before_a_figure_is_drawn() -> None:
    code = "import sys, training.report; print('matplotlib' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "False False\n"
