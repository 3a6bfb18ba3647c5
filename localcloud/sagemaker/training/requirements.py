"""`requirements.txt` of the user's code: installed only where the interpreter lacks something."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from contracts.locations import CODE_CHANNEL, REQUIREMENTS
from localcloud.sagemaker.common.errors import JobError
from localcloud.sagemaker.common.package_views import READING
from localcloud.sagemaker.training.job_paths import JobPaths

_SHOWN_LINES = 5
_NOT_REQUIREMENTS = ("#", "-c ", "--constraint")
"""Beginnings of lines that ask for no package."""


def requirements_files(paths: JobPaths) -> list[Path]:
    """Where the source and the drop's own code may name packages."""
    return [paths.code / REQUIREMENTS, paths.channel(CODE_CHANNEL) / REQUIREMENTS]


def lacking_requirements(paths: JobPaths) -> list[str]:
    """The lines of the code's `requirements.txt`, if there is one, that the running interpreter does not satisfy."""
    file = paths.code / REQUIREMENTS
    if not file.is_file():
        return []
    with READING:
        return unsatisfied_lines(file)


def install_command(python: str, paths: JobPaths) -> list[str]:
    """Installs `requirements.txt` into a folder of the job. It runs in the code folder."""
    pip = [
        python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--quiet",
    ]
    return [*pip, "--target", str(paths.packages), "-r", REQUIREMENTS]


def install_failure(exit_code: int, stderr: Sequence[str]) -> JobError:
    """The error of a job whose requirements could not be installed."""
    tail = "\n".join(stderr[-_SHOWN_LINES:])
    return JobError(
        f'AlgorithmError: InstallRequirementsError:\nExitCode {exit_code}\nErrorMessage "{tail}", exit code: 1'
    )


def unsatisfied_lines(file: Path) -> list[str]:
    """A pip option or an unreadable line counts as unsatisfied; comments, blank lines and constraints are ignored."""
    lines = []
    for text in file.read_text(encoding="utf-8-sig").splitlines():
        line = text.split(" #")[0].strip()
        if line and not line.startswith(_NOT_REQUIREMENTS) and not is_satisfied(line):
            lines.append(line)
    return lines


def is_satisfied(line: str) -> bool:
    """Whether the requirement is met here, its extras included, or does not apply here."""
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    return _is_met(requirement, extra="")


def _is_met(requirement: Requirement, extra: str) -> bool:
    if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
        return True
    try:
        installed = distribution(requirement.name)
    except PackageNotFoundError:
        return False
    if requirement.url or not requirement.specifier.contains(
        installed.version, prereleases=True
    ):
        return False
    return all(_extra_is_met(installed, name) for name in requirement.extras)


def _extra_is_met(installed: Distribution, extra: str) -> bool:
    for text in installed.requires or ():
        requirement = Requirement(text)
        if "extra" in str(requirement.marker or "") and not _is_met(requirement, extra):
            return False
    return True
