from __future__ import annotations

import boto3

from cli.stack_settings import settings_of, variable_name
from cli.targets import Target
from tools.source_modules import ROOT
from tools.template_yaml import parse


def test_a_check_reads_a_drop_as_the_stack_will() -> None:
    session = boto3.Session(region_name="eu-central-1")
    target = Target("", "", "", "bucket", "td", {"LedgerTable": "t"}, session=session)
    parameters = {
        "BaseModel": "some/model",
        "TrainingInstanceTypes": "ml.a,ml.b",
        "SettleSeconds": "30",
        "NotificationEmail": "",
    }
    settings = settings_of(parameters, target)
    assert settings.base_model == "some/model"
    assert settings.training_instance_types == ("ml.a", "ml.b")
    assert (settings.settle_seconds, settings.aws_region) == (0, "eu-central-1")


def test_variables_of_the_functions_are_called_as_the_templates_parameters() -> None:
    template = parse((ROOT / "template.yaml").read_text("utf-8"))
    variables = set()
    for resource in template["Resources"].values():
        environment = resource.get("Properties", {}).get("Environment", {})
        for name, value in environment.get("Variables", {}).items():
            if isinstance(value, dict) and value.get("Ref") in template["Parameters"]:
                assert variable_name(value["Ref"]) == name
                variables.add(name)
    assert "BASE_MODEL" in variables
