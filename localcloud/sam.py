"""Where the SAM CLI is."""

from __future__ import annotations

import shutil
from pathlib import Path

from localcloud.errors import LocalCloudError


class DeployError(LocalCloudError):
    """The SAM CLI is missing, or failed."""


def sam_command(root: Path) -> str:
    """The SAM CLI of the tools environment, else the one on PATH. Raises `DeployError`."""
    installed = root / ".venv-aws" / "bin" / "sam"
    if installed.exists():
        return str(installed)
    on_path = shutil.which("sam")
    if not on_path:
        raise DeployError(
            f"expected the SAM CLI at {installed} or on PATH; found neither. Run `make setup`."
        )
    return on_path
