"""Sessions of the command `traindrop` as a user sees them, without what differs each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.client import ROOT, Cloud

LEFT_OUT = re.compile(
    r"  (Starting|Pending|Downloading|Training|Uploading|Stopping|Completed)\b"
    r"|  (next|warning): |  estimated at AWS|waiting until |its endpoint is being deleted"
)
"""Beginnings of lines that come, or come more often, where the machine is slow or the model is another."""
RUN = re.compile(r"\b[a-z-]+-[0-9a-f]{10}(?:-\d+)?\b")
REPLACED = (
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "<time>"),
    (re.compile(r"\b(\d+ min )?\d+(\.\d+)? s\b"), "<n> s"),
    (re.compile(r"^  About .*", re.MULTILINE), "  <how good it is>"),
    (re.compile(r"^  accuracy .*", re.MULTILINE), "  accuracy <…>"),
    (re.compile(r"Training: .* bills by request\."), "<estimate>"),
    (re.compile(r"databucket-\w+"), "databucket"),
    (re.compile(r"\(\d+(\.\d+)? [kM]B\)"), "(<size>)"),
    (re.compile(r"Models: .*"), "Models: <…>"),
    (re.compile(r"(There is no model called '\w+'\.) .*"), r"\1 <…>"),
    (re.compile(r"\b\d+ files\b"), "<n> files"),
    (re.compile(r"\b\d+\.\d+\b"), "<n>"),
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
        text = "\n".join(line for line in self.lines if not LEFT_OUT.match(line))
        text = text.replace(str(self.cloud.state), "<state>")
        runs = dict.fromkeys(RUN.findall(text))
        for number, run in enumerate(runs, start=1):
            text = text.replace(run, f"<run {number}>")
        for pattern, replacement in REPLACED:
            text = pattern.sub(replacement, text)
        return text.rstrip() + "\n"
