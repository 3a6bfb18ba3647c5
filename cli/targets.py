"""Which Traindrop a command talks to: a stack on AWS, the local cloud, or the API that the environment names."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.memory import LOCAL, STACK, Memory, recall, remember
from contracts.environment import ShellVariable
from localcloud.cloud import DEFAULT_STATE, LocalCloud
from localcloud.environment import ACCESS_KEY, REGION
from localcloud.errors import NotRunningError
from traindrop import Client

CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=60
)
CHOOSE = "Say --stack NAME for a stack on AWS, or --local for the local cloud; it is remembered."
CREDENTIALS = "Log in (aws configure, aws sso login), or say --profile and --region."
LOCAL_STACK = "traindrop"
LOOPBACK_SECONDS = 2


@dataclass(frozen=True)
class Choice:
    """What the user says on the command line; empty where nothing."""

    stack: str = ""
    region: str = ""
    profile: str = ""
    local: bool = False
    state: str = ""


@dataclass(frozen=True)
class Target:
    """One deployed Traindrop. `name` is for people; `stack` is empty where only the API is known."""

    name: str
    url: str
    key: str
    bucket: str = ""
    stack: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    local: LocalCloud | None = None
    session: Any = None
    """Of boto3; None where the environment names the API alone."""

    def api(self) -> Client:
        return Client(self.url, self.key)

    def aws(self, service: str) -> Any:
        """A client of boto3. Raises `CommandError` where the target has no AWS credentials."""
        return self._session().client(
            service, endpoint_url=self._endpoint(service), config=CONFIG
        )

    def aws_resource(self, service: str) -> Any:
        """A resource of boto3; raises as `aws` does."""
        return self._session().resource(
            service, endpoint_url=self._endpoint(service), config=CONFIG
        )

    def _session(self) -> Any:
        if self.session is None:
            raise CommandError(
                f"expected a stack, whose AWS account can be reached; found only the API of {self.name}. {CHOOSE}"
            )
        return self.session

    def _endpoint(self, service: str) -> str | None:
        """Of the local cloud; on AWS boto3 finds it."""
        if self.local is None:
            return None
        is_sagemaker = service.startswith("sagemaker")
        return self.local.sagemaker_url if is_sagemaker else self.local.engine_url

    @property
    def region(self) -> str:
        return str(self.session.region_name or "") if self.session is not None else ""


def local_session(cloud: LocalCloud) -> Any:
    """Of boto3, with the keys of the local cloud and no others."""
    return boto3.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=cloud.secret,
        region_name=REGION,
    )


def find_target(choice: Choice, folder: Path | None = None) -> Target:
    """By the options, else the environment, else what was chosen last. Raises `CommandError`."""
    memory = recall()
    if choice.stack and choice.local:
        raise CommandError("expected --stack or --local; found both. Say one of them.")
    if choice.local or (choice.state and not choice.stack):
        return _remembered_local(choice, memory, folder or Path.cwd())
    if choice.stack:
        return _remembered_stack(choice)
    if target := environment_target(os.environ):
        return target
    if memory.target == LOCAL:
        return local_target(Path(memory.state))
    if memory.target == STACK:
        region, profile = (
            choice.region or memory.region,
            choice.profile or memory.profile,
        )
        return stack_target(memory.stack, region, profile)
    raise CommandError(f"expected the stack to talk to; none was chosen yet. {CHOOSE}")


# ---- the local cloud -----------------------------------------------------------------------------------------------


def _remembered_local(choice: Choice, memory: Memory, folder: Path) -> Target:
    state = local_state(choice.state, memory, folder)
    target = local_target(state)
    remember(target=LOCAL, state=str(state))
    return target


def local_state(option: str, memory: Memory, folder: Path) -> Path:
    """The state folder: the option's, else that of `folder` or above it, else the one used last."""
    if option:
        return Path(option).expanduser().resolve()
    for place in (folder, *folder.parents):
        if (place / DEFAULT_STATE / "cloud.json").is_file():
            return place / DEFAULT_STATE
    if memory.state:
        return Path(memory.state)
    return folder / DEFAULT_STATE


def is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), LOOPBACK_SECONDS):
            return True
    except OSError:
        return False


def local_target(state: Path) -> Target:
    """Raises `CommandError` where there is no local cloud, it is down, or nothing was deployed to it."""
    cloud = LocalCloud.load(state)
    try:
        url, bucket = cloud.api_url, cloud.bucket
        if not is_listening(urlsplit(url).port or 0):
            raise NotRunningError("the engine does not listen")
    except NotRunningError as error:
        raise CommandError(
            f"expected a running local cloud in {state}; found none. In a checkout of Traindrop: traindrop up.",
            ExitCode.NOT_RUNNING,
        ) from error
    return Target(
        name=f"the local cloud in {state}",
        url=url,
        key=cloud.api_key,
        bucket=bucket,
        stack=LOCAL_STACK,
        outputs=cloud.outputs,
        local=cloud,
        session=local_session(cloud),
    )


# ---- a stack on AWS ------------------------------------------------------------------------------------------------


def _remembered_stack(choice: Choice) -> Target:
    target = stack_target(choice.stack, choice.region, choice.profile)
    remember(
        target=STACK,
        stack=choice.stack,
        region=target.region,
        profile=choice.profile,
    )
    return target


def open_session(region: str, profile: str) -> Any:
    """Of boto3. Raises `CommandError` where there is no such profile, or no region."""
    try:
        session = boto3.Session(
            profile_name=profile or None, region_name=region or None
        )
    except BotoCoreError as error:
        raise CommandError(f"{error}. {CREDENTIALS}") from error
    if not session.region_name:
        raise CommandError(
            "expected an AWS region; found none. Say --region, such as --region eu-central-1."
        )
    return session


def stack_target(stack: str, region: str, profile: str) -> Target:
    """By the stack's outputs and its key that may do everything. Raises `CommandError`."""
    session = open_session(region, profile)
    place = f"stack {stack} in {session.region_name}"
    outputs = stack_outputs(session, stack)
    missing = [
        name for name in ("ApiUrl", "DataBucket", "ManageKeyId") if name not in outputs
    ]
    if missing:
        raise CommandError(
            f"expected a stack of this version of Traindrop; {place} has no output {missing[0]}. "
            "Check the name, or upgrade it: traindrop init."
        )
    return Target(
        name=place,
        url=outputs["ApiUrl"],
        key=api_key(
            session.client("apigateway", config=CONFIG), outputs["ManageKeyId"]
        ),
        bucket=outputs["DataBucket"],
        stack=stack,
        outputs=outputs,
        session=session,
    )


def stack_outputs(session: Any, stack: str) -> dict[str, str]:
    client = session.client("cloudformation", config=CONFIG)
    try:
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            raise CommandError(
                f"expected a stack {stack!r} in {session.region_name}; found none. "
                "Check --stack, --region and --profile, or deploy it: traindrop init."
            ) from error
        raise CommandError(f"{error}. {CREDENTIALS}") from error
    except BotoCoreError as error:
        raise CommandError(f"{error}. {CREDENTIALS}") from error
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in described.get("Outputs", ())
    }


def api_key(gateway: Any, key_id: str) -> str:
    """The value of an API key. Raises `CommandError`."""
    try:
        return str(gateway.get_api_key(apiKey=key_id, includeValue=True)["value"])
    except (ClientError, BotoCoreError) as error:
        raise CommandError(
            f"expected to read the stack's API key; AWS refused: {error}. Ask its owner for a key, then set "
            f"{ShellVariable.API_URL} and {ShellVariable.API_KEY}: predict, models and watch need no more."
        ) from error


# ---- the environment -----------------------------------------------------------------------------------------------


def environment_target(variables: Mapping[str, str]) -> Target | None:
    """An API by its URL and key, for who has no more than these; None where the environment names none."""
    url = variables.get(ShellVariable.API_URL, "")
    key = variables.get(ShellVariable.API_KEY, "")
    if not url or not key:
        return None
    bucket = variables.get(ShellVariable.BUCKET, "")
    session = boto3.Session() if bucket else None
    return Target(name=url, url=url, key=key, bucket=bucket, session=session)
