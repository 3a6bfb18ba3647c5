from __future__ import annotations

import deployment_modes
from contracts.environment import FunctionVariable, channel_variable
from tests.unit.stack.template import load

OF_POWERTOOLS = "POWERTOOLS_"


def test_the_template_sets_every_variable_of_the_functions_and_no_other() -> None:
    template = load()
    parts = [
        template["Globals"]["Function"],
        *(
            item["Properties"]
            for item in template["Resources"].values()
            if "Properties" in item
        ),
    ]
    environments = [
        piece["Environment"]["Variables"] for piece in parts if "Environment" in piece
    ]
    names = {
        name
        for environment in environments
        for name in environment
        if not name.startswith(OF_POWERTOOLS)
    }
    of_modes = {setting.variable for setting in deployment_modes.settings().values()}
    assert names == {variable.value for variable in FunctionVariable} | of_modes


def test_a_channel_is_found_by_its_name() -> None:
    assert channel_variable("train") == "SM_CHANNEL_TRAIN"
