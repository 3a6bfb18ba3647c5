"""Whether the SAM CLI is configured: `samconfig.toml` is the user's own file, made from an example."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.preflight.finding import Finding, State
from tools.source_modules import ROOT

FILE, EXAMPLE = "samconfig.toml", "samconfig.example.toml"


def sam_configuration(root: Path = ROOT) -> Iterator[Finding]:
    """One finding. Without `build_in_source`, SAM copies the whole folder, `.venv` included, for each function."""
    path = root / FILE
    if not path.exists():
        yield Finding(State.WARNING, f"{FILE}: there is none", f"cp {EXAMPLE} {FILE}")
        return
    config = tomllib.loads(path.read_text("utf-8"))
    parameters = config.get("default", {}).get("build", {}).get("parameters", {})
    if parameters.get("build_in_source") is True:
        yield Finding(State.OK, f"{FILE}: builds in the source folder")
    else:
        yield Finding(
            State.WARNING,
            f"{FILE}: expected build_in_source = true under [default.build.parameters]; found none",
            f"Add it, as {EXAMPLE} has it.",
        )
