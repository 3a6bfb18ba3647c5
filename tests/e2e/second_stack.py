"""A second stack beside the one that the folder shares, deployed from the same build under another name."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cached_property

from localcloud.cloud import LocalCloud
from localcloud.deploy import CONFIG_FILE, stack_parameters
from tests.e2e.client import ROOT, Cloud, EndToEndError


@dataclass
class StackBeside(Cloud):
    """The same cloud with the other stack's bucket, API and key."""

    name: str

    @cached_property
    def environment(self) -> dict[str, str]:
        shared = super().environment
        outputs = self._outputs(Cloud(self.state))
        key = (
            Cloud(self.state)
            .boto("apigateway")
            .get_api_key(apiKey=outputs["ManageKeyId"], includeValue=True)
        )
        return shared | {
            "TRAINDROP_BUCKET": outputs["DataBucket"],
            "TRAINDROP_API_URL": outputs["ApiUrl"],
            "TRAINDROP_API_KEY": key["value"],
        }

    def _outputs(self, cloud: Cloud) -> dict[str, str]:
        stack = cloud.boto("cloudformation").describe_stacks(StackName=self.name)[
            "Stacks"
        ][0]
        return {
            output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]
        }


def deploy_beside(cloud: Cloud, name: str) -> StackBeside:
    """`sam deploy` of what `up` has built, with the parameters of the shared stack."""
    parameters = stack_parameters(LocalCloud.load(cloud.state), ROOT)
    template = cloud.state / "build" / "stack" / "template.yaml"
    command = [str(ROOT / ".venv-aws" / "bin" / "sam"), "deploy", "--stack-name", name]
    command += [
        "--config-file",
        str(ROOT / CONFIG_FILE),
        "--template-file",
        str(template),
    ]
    command += [
        "--parameter-overrides",
        *(f'{key}="{value}"' for key, value in parameters.items()),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | cloud.environment | {"SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    if done.returncode:
        raise EndToEndError(
            f"sam deploy ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return StackBeside(cloud.state, name)
