"""The table of regions in `docs/options.md`: where there are images, and which deployment modes SageMaker has there."""

from __future__ import annotations

from pathlib import Path

import deployment_modes
from tools.marked_section import replace_section
from tools.template_yaml import parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
BEGIN, END = "<!-- make generate writes the regions -->", "<!-- end of the regions -->"


def update(page: str) -> str:
    """The page with the table of the regions that the template has images for."""
    regions = list(parse(TEMPLATE.read_text("utf-8"))["Mappings"]["ImageAccounts"])
    return replace_section(page, BEGIN, END, table(regions))


def table(regions: list[str]) -> str:
    """One row for each set of modes, with the regions that have these."""
    by_modes: dict[str, list[str]] = {}
    for region in regions:
        modes = ", ".join(f"`{name}`" for name in deployment_modes.modes_in(region))
        by_modes.setdefault(modes, []).append(region)
    rows = [f"| {modes} | {', '.join(names)} |" for modes, names in by_modes.items()]
    return "\n".join(["| deployment modes | regions |", "|---|---|", *rows])
