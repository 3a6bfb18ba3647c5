"""`traindrop init`, `traindrop destroy`: a stack on AWS is deployed, upgraded, removed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.checkout import Checkout, find_checkout
from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.local_cloud import start_local, state_folder
from cli.memory import LOCAL, STACK, recall, remember
from cli.targets import CREDENTIALS, open_session
from localcloud.sam import sam_command
from tools.aws_account import Caller, look_up_caller
from tools.destroy.__main__ import main as destroy_stack
from tools.preflight.__main__ import look_up
from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State
from tools.preflight.sam_configuration import EXAMPLE, FILE

DEFAULT_STACK = "traindrop"
UPGRADE = (
    "Upgrades it: live models go on answering, runs in progress go on with the new functions, data and releases stay. "
    "CloudFormation rolls back what it cannot change."
)


@dataclass(frozen=True)
class StackPlace:
    """A stack that may not exist yet."""

    stack: str
    region: str
    profile: str
    session: Any
    caller: Caller

    def __str__(self) -> str:
        return (
            f"stack {self.stack} in account {self.caller.account}, region {self.region}"
        )


def chosen_stack(call: Invocation) -> StackPlace:
    """By the options, else what was chosen last. Raises `CommandError`."""
    memory, choice = recall(), call.choice
    is_same = not choice.stack or choice.stack == memory.stack
    region = choice.region or (memory.region if is_same else "")
    profile = choice.profile or (memory.profile if is_same else "")
    session = open_session(region, profile)
    try:
        caller = look_up_caller(session)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"{error}. {CREDENTIALS}") from error
    stack = choice.stack or memory.stack or DEFAULT_STACK
    return StackPlace(stack, session.region_name, profile, session, caller)


def means_local(call: Invocation) -> bool:
    """Whether the local cloud is meant: by the options, else by what was chosen last."""
    if call.choice.stack:
        return False
    return call.choice.local or recall().target == LOCAL


# ---- init ----------------------------------------------------------------------------------------------------------


def init(
    call: Invocation,
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="KEY=VALUE",
            help="A parameter of the template; those that are not named stay as they are.",
        ),
    ] = None,
    guided: Annotated[
        bool, typer.Option("--guided", help="Let the SAM CLI ask for each parameter.")
    ] = False,
) -> ExitCode:
    """Deploys a stack to AWS, or upgrades it to this checkout; with --local the local cloud's."""
    if call.choice.local:
        start_local(call, "up", [f"--parameter={item}" for item in parameter or ()])
    checkout, place = find_checkout(), chosen_stack(call)
    sam = sam_command(checkout.folder)
    exists = stack_exists(place)
    call.write(f"{'Upgrades' if exists else 'Deploys'} {place}, as {place.caller.arn}.")
    if not (checkout.folder / FILE).exists():
        shutil.copy(checkout.folder / EXAMPLE, checkout.folder / FILE)
        call.write(f"Wrote {checkout.folder / FILE}, which is yours to change.")
    if exists:
        call.write(UPGRADE)
        findings = []
    else:
        findings = preflight(place, checkout)
        show_findings(call, findings)
    is_ready = all(finding.state is not State.MISSING for finding in findings)
    call.confirm("Go?" if is_ready else "Go all the same?", default=is_ready)
    for command in sam_commands(sam, place, parameter or (), guided, call.yes):
        run_tool(command, checkout.folder, sys.stderr if call.as_json else None)
    remember(
        target=STACK, stack=place.stack, region=place.region, profile=place.profile
    )
    call.write(f"{call.target.name} is deployed: {call.target.url}")
    call.write("Next: traindrop drop reviews.csv")
    call.write_json({"stack": place.stack, "outputs": call.target.outputs})
    return ExitCode.DONE


def stack_exists(place: StackPlace) -> bool:
    try:
        place.session.client("cloudformation").describe_stacks(StackName=place.stack)
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def sam_commands(
    sam: str, place: StackPlace, parameters: Sequence[str], guided: bool, yes: bool
) -> list[list[str]]:
    """What builds and deploys; the change set is shown and confirmed unless `yes`."""
    options = ["--stack-name", place.stack, "--region", place.region]
    if place.profile:
        options += ["--profile", place.profile]
    if parameters:
        options += ["--parameter-overrides", *parameters]
    options.append("--no-confirm-changeset" if yes else "--confirm-changeset")
    if guided:
        options.append("--guided")
    return [[sam, "build"], [sam, "deploy", *options]]


def run_tool(
    command: Sequence[str], folder: Path, output: TextIO | None = None
) -> None:
    """Raises `CommandError` where it fails; what it prints is the user's to read, by default as the result."""
    done = subprocess.run(command, cwd=folder, stdout=output, check=False)
    if done.returncode:
        raise CommandError(
            f"`{' '.join(command[:2])}` ended with {done.returncode}; its output above says why. "
            "Nothing that was live has been removed: correct it and run this again."
        )


def preflight(place: StackPlace, checkout: Checkout) -> list[Finding]:
    deployment = Deployment.read({}, checkout.folder / "template.yaml")
    return list(look_up(place.session, deployment, place.caller.arn, checkout.folder))


def show_findings(call: Invocation, findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.state is not State.OK:
            call.write("\n".join(finding.lines()))


# ---- destroy -------------------------------------------------------------------------------------------------------


def destroy(
    call: Invocation,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed.")
    ] = False,
) -> ExitCode:
    """Removes a stack with everything its functions made; of the local cloud all data. Asks for its name."""
    if means_local(call):
        return _destroy_local(call, dry_run)
    place = chosen_stack(call)
    options = [f"--stack={place.stack}", f"--region={place.region}"]
    if place.profile:
        options.append(f"--profile={place.profile}")
    options += ["--dry-run"] if dry_run else []
    options += ["--yes"] if call.yes else []
    code = destroy_stack(options)
    if code == 0 and not dry_run and recall().stack == place.stack:
        remember(target="", stack="", region="", profile="")
    return ExitCode.DONE if code == 0 else ExitCode.ERROR


def _destroy_local(call: Invocation, dry_run: bool) -> ExitCode:
    state = state_folder(call, find_checkout())
    if dry_run:
        call.write(f"would stop the local cloud and remove {state}")
        return ExitCode.DONE
    call.confirm_name(
        "local",
        f"This removes every drop, run and model of the local cloud in {state}.",
    )
    return start_local(call, "down", ["--purge"])
