from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from localcloud.sagemaker.common.manifests import (
    FOLDER,
    Manifest,
    parse_manifest,
    read_manifest,
)
from tests.unit.stack.template import load

TEXT = """\
# image: team/own:1
# python: 3.12
# Recipe: somewhere
absl-py==2.4.0
Jinja2==3.1.6
"""


def test_a_manifest_is_an_image_its_python_and_its_packages() -> None:
    expected = Manifest("team/own:1", "3.12", {"absl-py": "2.4.0", "jinja2": "3.1.6"})
    assert parse_manifest(TEXT) == expected


def test_a_line_without_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"found 'numpy<2'\. Run make lock-images"):
        parse_manifest(TEXT + "numpy<2\n")


def test_an_image_without_a_manifest_has_none() -> None:
    assert read_manifest("xgboost") is None


@pytest.mark.parametrize("role", ["Training", "Serving"])
def test_the_images_of_the_template_have_manifests(role: str) -> None:
    image = load()["Mappings"]["Images"]["HuggingFace"][role]
    manifest = read_manifest(image.partition(":")[0])
    assert manifest is not None
    assert manifest.image == image
    assert f"py{manifest.python.replace('.', '')}" in image


@pytest.mark.parametrize(
    "recipe", sorted(FOLDER.glob("*.in")), ids=lambda path: path.stem
)
def test_a_manifest_holds_what_its_recipe_installs(recipe: Path) -> None:
    manifest = read_manifest(recipe.stem)
    assert manifest is not None
    lines = [
        line for line in recipe.read_text().splitlines() if not line.startswith("#")
    ]
    assert len(lines) > 30
    for line in lines:
        requirement = Requirement(line)
        version = manifest.packages[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), line
