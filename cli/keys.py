"""`traindrop keys`: the API keys of a stack; what each may do, its value, a new one in its place."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.targets import api_key
from localcloud.display import table
from tools.rotate_key import (
    NoSuchKeyError,
    advice,
    plan_for_stack,
    replace_key,
)

COLUMNS = ("key", "may", "id")
RIGHTS = {
    "predict": "predict, wake",
    "read": "see models, runs, reports, costs",
    "manage": "everything",
}


class KeyAction(StrEnum):
    LIST = "list"
    SHOW = "show"
    ROTATE = "rotate"


def keys(
    call: Invocation,
    action: Annotated[KeyAction, typer.Argument(help="What to do.")] = KeyAction.LIST,
    key: Annotated[
        str, typer.Argument(help="predict, read or manage.", show_default=False)
    ] = "",
) -> ExitCode:
    """Lists the API keys, shows one's value, or replaces one: the one before it stops working."""
    if action is KeyAction.LIST:
        ids = {name: key_id(call, name) for name in RIGHTS}
        call.write_json({"keys": ids})
        rows = [(name, RIGHTS[name], value) for name, value in ids.items()]
        call.show(table(f"Keys of {call.target.name}", COLUMNS, rows))
        return ExitCode.DONE
    if key not in RIGHTS:
        raise CommandError(
            f"expected one of {', '.join(RIGHTS)}; found {key or 'none'}. Say: traindrop keys {action} read"
        )
    if action is KeyAction.SHOW:
        value = api_key(call.target.aws("apigateway"), key_id(call, key))
        _write(call, key, key_id(call, key), value)
        return ExitCode.DONE
    return rotate(call, key)


def rotate(call: Invocation, key: str) -> ExitCode:
    target = call.target
    call.confirm(
        f"Replace the {key} key of {target.name}? Whatever uses it stops working until it has the new one."
    )
    cloudformation = target.aws("cloudformation")
    try:
        plan = plan_for_stack(cloudformation, target.stack, key)
    except NoSuchKeyError as error:
        raise CommandError(str(error)) from error
    new = replace_key(cloudformation, target.aws("apigateway"), target.stack, plan)
    if target.local is not None and key == "manage":
        target.local.api_key = new.value
        target.local.save()
    _write(call, key, new.key_id, new.value)
    call.note(advice(plan))
    return ExitCode.DONE


def key_id(call: Invocation, key: str) -> str:
    """Raises `CommandError`."""
    name = f"{key.capitalize()}KeyId"
    if name not in call.target.outputs:
        raise CommandError(
            f"expected a stack with the output {name}; found none. Upgrade it: traindrop init"
        )
    return call.target.outputs[name]


def _write(call: Invocation, key: str, identity: str, value: str) -> None:
    call.write_json({"key": key, "id": identity, "value": value})
    call.write(value)
