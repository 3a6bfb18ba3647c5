"""`traindrop doctor`: what stands in the way, on this machine and in the account."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from cli.checkout import find_checkout
from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.local_cloud import state_folder
from cli.stacks import chosen_stack, means_local, preflight, stack_exists
from localcloud.cloud import PARTS, LocalCloud
from tools.preflight.finding import Finding, State
from traindrop import TraindropError
from traindrop.connection import installed_version

FREE_BYTES = 5 * 10**9
"""Of a training with its archives on the local cloud, and some room."""


def doctor(call: Invocation) -> ExitCode:
    """Looks for what stands in the way: this machine, the target and, on AWS, quotas, images, rights and prices."""
    findings = list(look(call))
    call.write_json(
        {"findings": [vars(finding) for finding in findings]},
    )
    for finding in findings:
        call.write("\n".join(finding.lines()))
    missing = sum(finding.state is State.MISSING for finding in findings)
    call.write(f"{missing} missing." if missing else "Nothing is missing.")
    return ExitCode.ERROR if missing else ExitCode.DONE


def look(call: Invocation) -> Iterator[Finding]:
    python = ".".join(str(number) for number in sys.version_info[:3])
    yield Finding(State.OK, f"traindrop {installed_version()}, Python {python}")
    if means_local(call):
        yield from local_findings(call)
    else:
        yield from stack_findings(call)


def local_findings(call: Invocation) -> Iterator[Finding]:
    try:
        checkout = find_checkout()
    except CommandError as error:
        yield Finding(State.MISSING, "no checkout of Traindrop", str(error))
        return
    if checkout.is_set_up:
        yield Finding(State.OK, f"checkout {checkout.folder}, set up")
    else:
        yield Finding(
            State.MISSING,
            f"checkout {checkout.folder}: not set up",
            f"make -C {checkout.folder} setup",
        )
    free = shutil.disk_usage(checkout.folder).free
    state = State.OK if free >= FREE_BYTES else State.WARNING
    text = f"{free / 10**9:.1f} GB free on the disk"
    yield Finding(state, text, "" if state is State.OK else "Make room there.")
    cloud = LocalCloud.load(state_folder(call, checkout))
    if set(PARTS) <= set(cloud.processes):
        yield answer_finding(call)
    else:
        yield Finding(State.WARNING, "the local cloud is down", "traindrop up")


def stack_findings(call: Invocation) -> Iterator[Finding]:
    try:
        place = chosen_stack(call)
    except CommandError as error:
        yield Finding(State.MISSING, "no AWS account can be reached", str(error))
        return
    yield Finding(State.OK, f"account {place.caller.account}, as {place.caller.arn}")
    if stack_exists(place):
        yield answer_finding(call)
    else:
        text = f"stack {place.stack}: not deployed in {place.region}"
        yield Finding(State.WARNING, text, f"traindrop init --stack {place.stack}")
    try:
        checkout = find_checkout()
    except CommandError as error:
        yield Finding(
            State.UNKNOWN, "quotas, images, rights, prices: not looked up", str(error)
        )
        return
    yield from preflight(place, checkout)


def answer_finding(call: Invocation) -> Finding:
    """Whether the target's API answers."""
    try:
        count = len(call.api.models())
    except (CommandError, TraindropError) as error:
        return Finding(State.MISSING, "no API answers", str(error))
    models = "1 model" if count == 1 else f"{count:,} models"
    return Finding(State.OK, f"{call.target.name} answers: {models}")
