"""What the template deploys by default: the parameters, images and resource types that the checks ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import template_yaml
from tools.source_modules import ROOT

TEMPLATE = ROOT / "template.yaml"
IMAGE_PARAMETERS = {"Training": "TrainingImage", "Serving": "ServingImage"}
"""Key of the template's table of images -> the parameter that names another one in its place."""


@dataclass(frozen=True)
class Deployment:
    """The template's defaults, with the parameters that the user names in their place."""

    parameters: Mapping[str, str]
    images: Mapping[str, str]
    """Parameter -> `repository:tag` as in the template's table, without those that the parameter replaces."""
    image_accounts: Mapping[str, str]
    """Region -> account of the registry that holds the images there."""
    resource_types: frozenset[str]

    @classmethod
    def read(cls, overrides: Mapping[str, str], path: Path = TEMPLATE) -> Deployment:
        """Raises `ValueError` for a parameter that the template does not have."""
        template = template_yaml.parse(path.read_text("utf-8"))
        parameters = _defaults(template["Parameters"])
        for name in overrides:
            if name not in parameters:
                raise ValueError(
                    f"--parameter {name}: expected one of {', '.join(sorted(parameters))}; found {name}."
                )
        parameters |= overrides
        mappings = template["Mappings"]
        accounts = mappings["ImageAccounts"].items()
        images = mappings["Images"]["HuggingFace"]
        return cls(
            parameters=parameters,
            images={
                name: images[key]
                for key, name in IMAGE_PARAMETERS.items()
                if not parameters[name]
            },
            image_accounts={region: row["Id"] for region, row in accounts},
            resource_types=frozenset(
                resource["Type"] for resource in template["Resources"].values()
            ),
        )

    @property
    def training_types(self) -> list[str]:
        return self.parameters["TrainingInstanceTypes"].split(",")

    @property
    def uses_spot(self) -> bool:
        return self.parameters["UseSpot"] == "true"


def _defaults(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(parameter.get("Default", ""))
        for name, parameter in parameters.items()
    }
