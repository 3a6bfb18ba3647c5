"""`make security`: bandit over the code, checkov over the template, pip-audit over what is pinned.

Every finding is mended, or is one of `security_exceptions.txt`, where a line names the tool, the check, a pattern of
files or resources, and the reason. A line that no finding needs any more is refused like a finding without a line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tools.source_modules import ROOT
from tools.words import PACKAGES

EXCEPTIONS_FILE = Path("tools", "security_exceptions.txt")
CODE = tuple(package for package in PACKAGES if package != "tests")
TEMPLATE = "template.yaml"
PINNED = (
    # The shortest first: what cannot be looked up there cannot be elsewhere, which would take minutes.
    "functions/tables.txt",
    "functions/requirements.txt",
    "inference/requirements.txt",
    "requirements/aws-tools.txt",
    "requirements/local.txt",
    "requirements/security.txt",
)
"""Files that pin each package exactly. `training/requirements.txt` and `requirements/images/` follow AWS's images."""
BANDIT, CHECKOV, PIP_AUDIT = "bandit", "checkov", "pip-audit"
UNREACHABLE = "pip-audit cannot reach its service from here, and audited nothing"
_SHOWN_CHARACTERS = 400


@dataclass(frozen=True)
class Finding:
    """`place` is a file, a resource of the template, or a package; `text` is what the tool says about it."""

    tool: str
    check: str
    place: str
    text: str


@dataclass(frozen=True)
class SecurityException:
    """Findings of a check, where the place matches `pattern`, that stay, and why."""

    tool: str
    check: str
    pattern: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (
            self.tool == finding.tool
            and self.check == finding.check
            and fnmatchcase(finding.place, self.pattern)
        )


class SecurityToolError(Exception):
    """A tool gave no result that can be read."""


class BadExceptionError(Exception):
    """A line of the exceptions is not TOOL CHECK PATTERN: REASON."""


Run = Callable[[Sequence[str]], str]
"""Runs a tool's command and returns what it printed to stdout."""


def read_exceptions(text: str) -> list[SecurityException]:
    """One a line; empty lines and comments are left out. Raises `BadExceptionError`."""
    exceptions = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        head, _, reason = line.partition(": ")
        words = head.split()
        if len(words) != 3 or not reason.strip():
            raise BadExceptionError(
                f"line {number}: expected TOOL CHECK PATTERN: REASON; found {line!r}"
            )
        tool, check, pattern = words
        exceptions.append(SecurityException(tool, check, pattern, reason.strip()))
    return exceptions


def bandit_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for result in report["results"]:
        place = str(result["filename"]).removeprefix("./")
        text = f"line {result['line_number']}: {result['issue_text']}"
        yield Finding(BANDIT, result["test_id"], place, text)


def checkov_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for check in report["results"]["failed_checks"]:
        yield Finding(
            CHECKOV, check["check_id"], check["resource"], check["check_name"]
        )


def audit_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """One for each vulnerability of a package."""
    for package in report["dependencies"]:
        for vulnerability in package.get("vulns", []):
            fixed = ", ".join(vulnerability["fix_versions"]) or "no release"
            text = f"{package['version']}; mended in {fixed}"
            yield Finding(PIP_AUDIT, vulnerability["id"], package["name"], text)


def unaudited(report: Mapping[str, Any]) -> list[str]:
    """Packages that pip-audit could not look up."""
    packages = report["dependencies"]
    return [package["name"] for package in packages if "skip_reason" in package]


def problems(
    findings: Iterable[Finding],
    exceptions: Sequence[SecurityException],
    incomplete: Sequence[str] = (),
) -> Iterator[str]:
    """A line for each finding without an exception, and for each exception without a finding.

    Of tools that are `incomplete`, which did not see everything, exceptions may be without a finding.
    """
    used = set()
    for finding in findings:
        reasons = [item for item in exceptions if item.covers(finding)]
        used.update(reasons)
        if not reasons:
            yield f"{finding.tool} {finding.check} {finding.place}: {finding.text}"
    for item in exceptions:
        if item not in used and item.tool not in incomplete:
            yield (
                f"{EXCEPTIONS_FILE}: expected a finding for `{item.tool} {item.check} {item.pattern}`; found none. "
                "Take the line out."
            )


def run_tool(command: Sequence[str]) -> str:
    """The exit codes of these tools say only that something was found."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if not done.stdout.strip():
        raise SecurityToolError(done.stderr.strip()[-_SHOWN_CHARACTERS:])
    return done.stdout


def _report(run: Run, *command: str) -> Any:
    """The JSON that a tool printed. Raises `SecurityToolError`."""
    output = run(command)
    try:
        return json.loads(output)
    except ValueError as error:
        raise SecurityToolError(
            f"expected JSON of {Path(command[0]).name}; found {output[:_SHOWN_CHARACTERS]!r}"
        ) from error


def check_code(tools: Path, run: Run) -> list[Finding]:
    options = ("--quiet", "--format", "json", "--recursive")
    return list(bandit_findings(_report(run, str(tools / BANDIT), *options, *CODE)))


def check_template(tools: Path, run: Run) -> list[Finding]:
    options = ("--framework", "cloudformation", "--skip-download", "--quiet")
    command = (str(tools / CHECKOV), *options, "--output", "json", "--file", TEMPLATE)
    return list(checkov_findings(_report(run, *command)))


def audit(tools: Path, run: Run, file: str) -> tuple[list[Finding], list[str]]:
    """The vulnerabilities of the packages in a file, and those that could not be looked up."""
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off")
    command = (str(tools / PIP_AUDIT), *options, "--format", "json", "-r", file)
    report = _report(run, *command)
    return list(audit_findings(report)), unaudited(report)


def audit_all(tools: Path, run: Run) -> tuple[list[Finding], list[str]]:
    """Findings of all files, and a sentence for each that was not audited as a whole; one where nothing can be."""
    findings: list[Finding] = []
    sentences: list[str] = []
    for file in PINNED:
        try:
            of_file, missing = audit(tools, run, file)
        except SecurityToolError as error:
            return findings, [*sentences, f"{UNREACHABLE}: {error}"]
        if missing and file == PINNED[0]:
            return [], [f"{UNREACHABLE}: {missing[0]} could not be looked up"]
        findings += of_file
        if missing:
            sentences.append(
                f"{file}: pip-audit could not look up {', '.join(missing)}"
            )
    return findings, sentences


def main(arguments: Sequence[str], run: Run = run_tool) -> int:
    """1 where something was found that is no exception."""
    parser = argparse.ArgumentParser(prog="python -m tools.security")
    parser.add_argument("--tools", type=Path, default=ROOT / ".venv-security" / "bin")
    tools = parser.parse_args(arguments).tools
    exceptions = read_exceptions((ROOT / EXCEPTIONS_FILE).read_text("utf-8"))
    findings = [*check_code(tools, run), *check_template(tools, run)]
    vulnerabilities, sentences = audit_all(tools, run)
    findings += vulnerabilities
    incomplete = (PIP_AUDIT,) if sentences else ()
    lines = list(problems(findings, exceptions, incomplete))
    for line in (*lines, *sentences):
        print(line)
    state = f"{len(lines)} lines to look at" if lines else "clean"
    print(f"{len(findings)} findings, reasons in {EXCEPTIONS_FILE}: {state}.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
