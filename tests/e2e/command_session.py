"""Sessions of the command `traindrop` as a user sees them, without what differs each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.client import ROOT, Cloud

PROGRESS = re.compile(
    r"^  (Starting|Pending|Downloading|Training|Uploading|Stopping|Completed)\b"
)
"""Lines that come as often as the machine is slow."""
REPLACED = (
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "<time>"),
    (re.compile(r"\b\d\d [A-Z][a-z]{2} \d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "<n> s"),
    (re.compile(r"\b\d+\.\d+\b"), "<n>"),
    (re.compile(r"About \d+ of 100 .*"), "<how good it is>"),
    (re.compile(r"(?m)^(  next:|  warning:).*$"), r"\1 <…>"),
    (re.compile(r" +$", re.MULTILINE), ""),
)
"""What differs from run to run, or from machine to machine, and what stands for it."""


@dataclass
class CommandSession:
    """Runs commands in a folder of their own, against one local cloud, and keeps what they printed."""

    cloud: Cloud
    folder: Path
    lines: list[str] = field(default_factory=list)

    def run(self, *arguments: str, code: int = 0, timeout: float = 240) -> str:
        """What the command printed as its result. The exit code is asserted."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.lines.append(f"$ traindrop {' '.join(arguments)}")
        self.lines += (done.stderr + done.stdout).splitlines()
        self.lines.append(f"[{done.returncode}]\n")
        assert done.returncode == code, "\n".join(self.lines)
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "TRAINDROP_"))
        }
        return kept | {
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(self.folder / ".config"),
            "TZ": "UTC",
        }

    def text(self) -> str:
        """The whole session, for a golden file."""
        text = "\n".join(line for line in self.lines if not PROGRESS.match(line))
        text = text.replace(str(self.cloud.state), "<state>")
        for pattern, replacement in REPLACED:
            text = pattern.sub(replacement, text)
        return text.rstrip() + "\n"
