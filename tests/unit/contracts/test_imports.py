from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
MODULES = sorted(path.stem for path in (ROOT / "contracts").glob("[a-z]*.py"))


def test_the_contracts_need_the_standard_library_alone(tmp_path: Path) -> None:
    (tmp_path / "contracts").symlink_to(ROOT / "contracts")
    names = ", ".join(f"contracts.{name}" for name in MODULES)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {names}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
