"""What the training job and the packed hooks import is in the images, or the job's requirements.txt brings it."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from inference.packaging import serving_files
from localcloud.sagemaker.common.manifests import Manifest, read_manifest

ROOT = Path(__file__).parents[3]
OURS = {"training", "inference", "tasks", "contracts", "traindrop"}
JOB_FILES = [
    path
    for package in ("training", "tasks", "contracts")
    for path in sorted((ROOT / package).rglob("*.py"))
]
SERVING_FILES = [path for _, path in serving_files(ROOT)]


def manifest(repository: str) -> Manifest:
    result = read_manifest(repository)
    assert result is not None
    return result


TRAINING = manifest("huggingface-pytorch-training")
SERVING = manifest("huggingface-pytorch-inference")


def lines(name: str) -> list[Requirement]:
    text = (ROOT / "training" / name).read_text()
    return [
        Requirement(line) for line in text.splitlines() if line and line[0] not in "#-"
    ]


REQUIREMENTS, CONSTRAINTS = lines("requirements.txt"), lines("constraints.txt")
PINNED_HERE = {"onnxruntime"}
"""What the hooks import only where it is installed."""


def name_of(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


def third_party(path: Path) -> set[str]:
    """The top-level names of other people's modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names - OURS - sys.stdlib_module_names


def lacking(paths: list[Path], packages: set[str]) -> set[str]:
    """Each import of these files that no package of `packages` provides."""
    distributions = packages_distributions()
    missing = set()
    for path in paths:
        for module in third_party(path):
            providers = {
                canonicalize_name(name) for name in distributions.get(module, [module])
            }
            if not providers & packages:
                missing.add(f"{path.relative_to(ROOT)}: {module}")
    return missing


def test_the_job_imports_what_the_image_and_its_requirements_hold() -> None:
    brought = {name_of(requirement) for requirement in REQUIREMENTS}
    assert lacking(JOB_FILES, set(TRAINING.packages) | brought) == set()


def test_a_package_that_the_image_lacks_is_missed_without_its_line() -> None:
    brought = {name_of(requirement) for requirement in REQUIREMENTS} - {
        "rouge-score",
        "sacrebleu",
    }
    missing = lacking(JOB_FILES, set(TRAINING.packages) | brought)
    assert {line.partition(": ")[2] for line in missing} == {"rouge_score", "sacrebleu"}


def test_the_packed_hooks_import_what_the_serving_image_holds() -> None:
    assert lacking(SERVING_FILES, set(SERVING.packages) | PINNED_HERE) == set()


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_requirement_is_met_by_the_image_or_is_exact(
    requirement: Requirement,
) -> None:
    version = TRAINING.packages.get(name_of(requirement))
    if version is None:
        assert [specifier.operator for specifier in requirement.specifier] == ["=="]
    else:
        assert requirement.specifier.contains(version), (
            "pip would replace the image's own"
        )


@pytest.mark.parametrize("requirement", CONSTRAINTS, ids=str)
def test_a_constraint_agrees_with_the_image(requirement: Requirement) -> None:
    version = TRAINING.packages.get(name_of(requirement))
    assert version is None or requirement.specifier.contains(version)


def test_numpy_stays_below_2() -> None:
    numpy = next(line for line in CONSTRAINTS if line.name == "numpy")
    assert not numpy.specifier.contains("2.0.0")
    assert "-c constraints.txt" in (ROOT / "training" / "requirements.txt").read_text()
