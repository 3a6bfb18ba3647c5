"""The code of a page of the docs: files, and cells that a client's own Python runs one after another."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RUNNER = """
import contextlib, io, json, sys, traceback
names = {"__name__": "__main__"}
for line in sys.stdin:
    request = json.loads(line)
    error, value, output = "", None, io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            exec(compile(request["code"], request["name"], "exec"), names)
            value = eval(request["value"], names) if request["value"] else None
            json.dumps(value)
        except BaseException:
            error = traceback.format_exc()
    answer = {"error": error, "value": value, "output": output.getvalue()}
    print("\\n@cell " + json.dumps(answer), flush=True)
"""
_MARK = "@cell "


@dataclass(frozen=True)
class Block:
    """A block of Python of a page; `words` stand after `python` in its first line."""

    words: tuple[str, ...]
    code: str

    @property
    def file(self) -> str:
        """Where the block is to be saved; empty for a cell."""
        return next((word for word in self.words if word.endswith(".py")), "")


@dataclass(frozen=True)
class CellResult:
    value: Any
    output: str


def blocks_of(page: Path) -> list[Block]:
    matches = _BLOCK.findall(page.read_text("utf-8"))
    return [Block(tuple(words.split()), code) for words, code in matches]


class Session:
    """A Python of a client's environment that keeps its names from cell to cell."""

    def __init__(
        self, python: Path, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._process = subprocess.Popen(
            [python, "-W", "ignore", "-c", _RUNNER],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(self, code: str, value: str = "", name: str = "cell") -> CellResult:
        """Runs a cell; `value` is an expression whose value, as JSON has it, is returned."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"code": code, "value": value, "name": name}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith(_MARK):
                answer = json.loads(line.removeprefix(_MARK))
                print(answer["output"], file=sys.stderr)
                assert not answer["error"], answer["error"] + answer["output"]
                return CellResult(answer["value"], answer["output"])
        raise AssertionError(f"the session ended with {self._process.wait(30)}")
