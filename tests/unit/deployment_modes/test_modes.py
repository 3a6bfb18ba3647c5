"""Every mode, through the registry: what holds for a mode that does not exist yet as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from fastjsonschema import compile as compiled

import deployment_modes
from deployment_modes import MODES, DeploymentMode, ModeSetting, mode_of_config
from tests.unit.functions.aws_model import problems

ROOT = Path(__file__).parents[3]
MODE_LIST = list(MODES.values())
SETTINGS = [(mode, setting) for mode in MODE_LIST for setting in mode.settings]


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as plain values."""


def short_form(loader: Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node)


Loader.add_multi_constructor("!", short_form)
TEMPLATE = yaml.load((ROOT / "template.yaml").read_text(), Loader)


@pytest.mark.parametrize("mode", MODE_LIST, ids=list(MODES))
def test_its_variant_is_one_that_sagemaker_accepts(mode: DeploymentMode) -> None:
    variant = mode.variant("run", "model", deployment_modes.resolve(mode.name, {}))
    request = {"EndpointConfigName": "config", "ProductionVariants": [variant]}
    assert problems("sagemaker", "CreateEndpointConfig", request) == ""


@pytest.mark.parametrize("mode", MODE_LIST, ids=list(MODES))
def test_its_own_settings_are_told_from_those_of_other_modes(
    mode: DeploymentMode,
) -> None:
    assert set(mode.own_settings(deployment_modes.resolve(mode.name, {}))) == set(
        mode.setting_names
    )


def test_the_template_offers_exactly_these_modes() -> None:
    parameter = TEMPLATE["Parameters"]["DeploymentMode"]
    assert parameter["AllowedValues"] == list(MODES)
    assert parameter["Default"] == next(iter(MODES))


@pytest.mark.parametrize(
    ("mode", "setting"), SETTINGS, ids=[setting.name for _, setting in SETTINGS]
)
def test_the_template_has_a_parameter_for_every_setting(
    mode: DeploymentMode, setting: ModeSetting
) -> None:
    parameter = TEMPLATE["Parameters"][setting.parameter]
    assert parameter["Default"] == setting.default
    assert parameter["Description"] == setting.description
    assert parameter.get("AllowedValues") == setting.schema.get("enum")
    variables = TEMPLATE["Resources"]["InspectFunction"]["Properties"]["Environment"][
        "Variables"
    ]
    assert variables[setting.variable] == setting.parameter


@pytest.mark.parametrize(
    ("mode", "setting"), SETTINGS, ids=[setting.name for _, setting in SETTINGS]
)
def test_its_default_and_its_example_fit_its_schema(
    mode: DeploymentMode, setting: ModeSetting
) -> None:
    validate = compiled(dict(setting.schema))
    for value in (setting.default, setting.example):
        validate(value)


def test_the_stacks_values_replace_the_defaults() -> None:
    resolved = deployment_modes.resolve("serverless", {"SERVERLESS_MEMORY_MB": 1024})
    assert resolved["memory_mb"] == 1024
    assert resolved["max_concurrency"] == 5


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        ((), None),
        (("memory_mb",), "serverless"),
        (("instance_type",), "realtime"),
        (("instance_type", "timeout_minutes"), "async"),
        (("memory_mb", "instance_count"), "realtime"),
    ],
)
def test_settings_say_their_mode(names: tuple[str, ...], mode: str | None) -> None:
    assert deployment_modes.mode_of_settings(names) == mode


def test_a_release_of_an_unknown_mode_takes_the_largest_body() -> None:
    assert deployment_modes.body_limit_bytes(None) == 6 * 2**20
    assert deployment_modes.body_limit_bytes("serverless") == 4 * 2**20


def test_serverless_serves_with_one_worker_in_its_memory() -> None:
    assert MODES["serverless"].container_environment("m-1", {}) == {
        "SAGEMAKER_MODEL_SERVER_WORKERS": "1"
    }
    assert MODES["realtime"].container_environment("m-1", {}) == {}


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_the_mode_of_a_config_is_the_one_that_made_it(mode: DeploymentMode) -> None:
    deployment = {setting.name: setting.default for setting in mode.settings}
    variant = mode.variant("run", "model", deployment)
    config = {"ProductionVariants": [variant], **mode.config_fields("s3://a", "s3://f")}
    assert mode_of_config(config) == mode.name


def test_a_config_of_no_mode_is_named() -> None:
    with pytest.raises(
        LookupError, match="expected an endpoint config of serverless, realtime"
    ):
        mode_of_config({})


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_a_spec_of_an_earlier_version_is_deployed_by_defaults(
    mode: DeploymentMode,
) -> None:
    """It may lack every setting that this version has."""
    assert mode.own_settings({}) == {
        setting.name: setting.default for setting in mode.settings
    }
    assert mode.variant("run", "model", mode.own_settings({}))
