from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import security
from tools.security import (
    BadExceptionError,
    Finding,
    SecurityException,
    SecurityToolError,
    problems,
    read_exceptions,
)
from tools.source_modules import ROOT

EXEC = Finding("bandit", "B102", "tools/run.py", "line 3: Use of exec detected.")
REASON = SecurityException("bandit", "B102", "tools/*", "it runs our own code.")
BANDIT = {
    "results": [
        {
            "filename": "./tools/run.py",
            "line_number": 3,
            "test_id": "B102",
            "issue_text": "Use of exec detected.",
        }
    ]
}
CHECKOV = {
    "results": {
        "failed_checks": [
            {"check_id": "CKV_1", "resource": "Queue.Q", "check_name": "Encrypt it"}
        ]
    }
}
VULNERABLE = {
    "dependencies": [
        {
            "name": "old",
            "version": "1.0",
            "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}],
        },
        {"name": "new", "version": "2.0", "vulns": []},
    ]
}
SKIPPED = {"dependencies": [{"name": "gone", "skip_reason": "not found"}]}


class Tools:
    """Prints a report for each tool that is called."""

    def __init__(self, **reports: object) -> None:
        self._reports = {name.replace("_", "-"): text for name, text in reports.items()}
        self.called: list[str] = []

    def __call__(self, command: Sequence[str]) -> str:
        name = Path(command[0]).name
        self.called.append(name)
        report = self._reports[name]
        if isinstance(report, SecurityToolError):
            raise report
        return json.dumps(report)


def test_a_finding_without_a_reason_is_a_problem() -> None:
    assert list(problems([EXEC], [])) == [
        "bandit B102 tools/run.py: line 3: Use of exec detected."
    ]
    assert list(problems([EXEC], [REASON])) == []


def test_a_reason_for_nothing_is_a_problem_unless_its_tool_saw_too_little() -> None:
    assert list(problems([], [REASON])) == [
        "tools/security_exceptions.txt: expected a finding for `bandit B102 tools/*`; found none. Take the line out."
    ]
    assert list(problems([], [REASON], incomplete=["bandit"])) == []


def test_an_exception_has_a_tool_a_check_a_pattern_and_a_reason() -> None:
    text = "# why\n\nbandit B102 tools/*: it runs our own code.\n"
    assert read_exceptions(text) == [REASON]
    for line in ("bandit B102: no pattern", "bandit B102 *", "bandit B102 *: "):
        with pytest.raises(BadExceptionError, match="line 1: expected TOOL CHECK"):
            read_exceptions(line)


def test_the_exceptions_of_the_repository_can_be_read() -> None:
    text = (ROOT / security.EXCEPTIONS_FILE).read_text("utf-8")
    tools = {item.tool for item in read_exceptions(text)}
    assert tools <= {"bandit", "checkov", "pip-audit"}


def test_each_tool_is_read(tmp_path: Path) -> None:
    tools = Tools(bandit=BANDIT, checkov=CHECKOV, pip_audit=VULNERABLE)
    assert security.check_code(tmp_path, tools) == [EXEC]
    assert security.check_template(tmp_path, tools) == [
        Finding("checkov", "CKV_1", "Queue.Q", "Encrypt it")
    ]
    findings, sentences = security.audit_all(tmp_path, tools)
    assert findings[0] == Finding("pip-audit", "PYSEC-1", "old", "1.0; mended in 1.1")
    assert sentences == []


def test_pip_audit_that_reaches_nothing_is_asked_only_once(tmp_path: Path) -> None:
    for answer in (SKIPPED, SecurityToolError("no such host")):
        tools = Tools(pip_audit=answer)
        findings, sentences = security.audit_all(tmp_path, tools)
        assert (findings, tools.called) == ([], ["pip-audit"])
        [sentence] = sentences
        assert sentence.startswith(
            "pip-audit cannot reach its service from here, and audited nothing: "
        )


def test_every_file_that_is_audited_pins_its_packages() -> None:
    for name in security.PINNED:
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert "==" in line, f"{name}: {line}"
