from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_tasks_need_no_library() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tasks",
        ],
        check=False,
    )
    assert done.returncode == 0


def test_tasks_load_no_library_where_there_are_some() -> None:
    heavy = ("torch", "transformers", "pandas", "pyarrow", "numpy", "boto3", "yaml")
    modules = ", ".join(
        f"tasks.{path.stem}" for path in (ROOT / "tasks").glob("[a-z]*.py")
    )
    code = f"import sys, {modules}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n"
