"""What the template promises: closed, least privilege, in step with the workflow and the code."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import pytest

import deployment_modes
from contracts.locations import checkpoints_prefix
from deployment_modes.serverless import REGIONS
from functions.adapters.clients import PATIENT_SECONDS
from functions.common.names import STACK_LIMIT
from functions.common.settings import Settings
from tests.unit.stack import template
from tests.unit.statemachine.interpreter import DEFINITION
from tools.permissions import PERMISSIONS, ROLES
from tools.template_yaml import parse

FUNCTIONS = template.functions()
RESOURCES: dict[str, Any] = template.load()["Resources"]
STATEMENTS: dict[str, list[dict[str, Any]]] = {
    **{
        name: [s for policy in properties["Policies"] for s in policy["Statement"]]
        for name, properties in FUNCTIONS.items()
    },
    **{
        name: RESOURCES[name]["Properties"]["Policies"][0]["PolicyDocument"][
            "Statement"
        ]
        for name in ROLES
    },
}
"""Function or role -> what it may do."""


def test_the_workflows_substitutions_are_the_templates() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", DEFINITION.read_text()))
    assert used == RESOURCES["Workflow"]["Properties"]["DefinitionSubstitutions"].keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_exists(name: str) -> None:
    module, function = FUNCTIONS[name]["Handler"].rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_environment_variable_is_a_setting(name: str) -> None:
    variables = FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    mode_variables = {
        setting.variable for setting in deployment_modes.settings().values()
    }
    assert {
        variable.lower() for variable in set(variables) - mode_variables
    } <= Settings.__dataclass_fields__.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_role_has_a_wildcard_action(name: str) -> None:
    assert not [action for action in template.actions(FUNCTIONS[name]) if "*" in action]


def _granted(properties: dict[str, Any]) -> set[tuple[str, str]]:
    """Each action that the role allows, with each resource that it allows it on."""
    granted = set()
    for policy in properties["Policies"]:
        for statement in policy["Statement"]:
            on = statement["Resource"]
            for resource in on if isinstance(on, list) else [on]:
                granted |= {
                    (action, json.dumps(resource)) for action in statement["Action"]
                }
    return granted


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_role_allows_exactly_what_its_function_calls(name: str) -> None:
    needed = set()
    for permission in PERMISSIONS[name]:
        for resource in permission.resources:
            reference = json.dumps(parse(resource.reference))
            needed |= {(action, reference) for action in permission.actions}
    assert _granted(FUNCTIONS[name]) == needed


def test_the_roles_of_sagemaker_can_be_passed_to_sagemaker_only() -> None:
    passing: dict[str, list[object]] = {}
    for name, statements in STATEMENTS.items():
        for statement in statements:
            if "iam:PassRole" in statement["Action"]:
                assert statement["Condition"] == {
                    "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
                }
                passing.setdefault(name, []).append(statement["Resource"])
    assert passing == {
        "BatchFunction": [{"Fn::GetAtt": "BatchRole.Arn"}],
        "CreateModelFunction": [
            {"Fn::GetAtt": "ServingRole.Arn"},
            {"Fn::GetAtt": "AsyncRole.Arn"},
        ],
        "JobCreationRole": [{"Fn::GetAtt": "TrainingRole.Arn"}],
    }


def test_jobs_and_endpoints_write_where_no_function_reads_as_its_own() -> None:
    written = {
        json.dumps(resource)
        for statement in STATEMENTS["TrainingRole"]
        if "s3:PutObject" in statement["Action"]
        for resource in statement["Resource"]
    }
    tag = "${!aws:PrincipalTag/traindrop-run}"
    assert written == {
        json.dumps({"Fn::Sub": f"${{DataBucket.Arn}}/{prefix}/{tag}/*"})
        for prefix in ("checkpoints", "outputs")
    }
    serving = [action for s in STATEMENTS["ServingRole"] for action in s["Action"]]
    assert [action for action in serving if action.startswith("s3:")] == [
        "s3:GetObject"
    ]


def test_checkpoints_expire_after_a_week_and_overwritten_ones_after_a_day() -> None:
    rules = RESOURCES["DataBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = (rule for rule in rules if rule["Id"] == "checkpoints")
    assert checkpoints_prefix("run").startswith(rule["Prefix"])
    assert rule["ExpirationInDays"] == 7
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_the_api_is_closed_without_a_key() -> None:
    assert RESOURCES["Api"]["Properties"]["Auth"]["ApiKeyRequired"] is True


def test_the_bucket_is_private_versioned_encrypted_and_tls_only() -> None:
    bucket, policy = (
        RESOURCES["DataBucket"]["Properties"],
        RESOURCES["DataBucketPolicy"]["Properties"],
    )
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert policy["PolicyDocument"]["Statement"][0]["Condition"] == {
        "Bool": {"aws:SecureTransport": "false"}
    }


def test_serverless_is_refused_in_the_regions_that_have_none() -> None:
    rule = template.load()["Rules"]["ServerlessRegion"]
    regions, region = rule["Assertions"][0]["Assert"]["Fn::Contains"]
    assert region == {"Ref": "AWS::Region"}
    assert set(regions) == REGIONS
    assert set(template.load()["Mappings"]["ImageAccounts"]) - REGIONS == {
        "ap-southeast-3",
        "ca-west-1",
        "cn-north-1",
        "cn-northwest-1",
        "il-central-1",
        "me-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-iso-east-1",
        "us-isob-east-1",
    }


def test_a_region_without_images_is_refused_unless_there_are_others() -> None:
    rule = template.load()["Rules"]["ImageRegion"]
    regions, region = rule["Assertions"][0]["Assert"]["Fn::Contains"]
    assert region == {"Ref": "AWS::Region"}
    assert set(regions) == template.load()["Mappings"]["ImageAccounts"].keys()


def test_every_parameter_is_described() -> None:
    for name, parameter in template.load()["Parameters"].items():
        assert len(parameter["Description"]) > 20, name


def test_the_default_stack_name_is_short_enough_for_the_names_made_from_it() -> None:
    assert len("traindrop") <= STACK_LIMIT


def test_verify_outlives_sixteen_answers_that_begin_cold() -> None:
    """One cold start of SageMaker's whole minute, then rows of half the time the API would wait."""
    assert FUNCTIONS["VerifyFunction"]["Timeout"] == 900
    assert PATIENT_SECONDS > 60
    assert PATIENT_SECONDS + 15 * 26 < 900
