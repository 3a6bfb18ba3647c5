"""The hyperparameters of a user's script, as SageMaker's training toolkit passes those of a job of its own.

They come from the spec. The toolkit of the training image passes its command line through a shell, which splits texts,
and runs what looks like a command (`sagemaker-training` before 5.1.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from contracts import locations
from contracts.environment import HYPERPARAMETER_PREFIX, JobVariable, ServingVariable
from contracts.spec import Spec
from training.common.types import Json


def hyperparameters_of(spec: Spec, environment: Mapping[str, str]) -> dict[str, Json]:
    """Those that are set, sorted by name. A path below `/opt/ml` is where the toolkit's base directory is."""
    base = environment.get(ServingVariable.BASE_DIR, locations.CONTAINER_ROOT)
    values = {}
    for name, value in sorted(spec.hyperparameters.items()):
        if value is not None:
            values[name] = _moved(value, base) if isinstance(value, str) else value
    return values


def _moved(text: str, base: str) -> str:
    root = locations.CONTAINER_ROOT
    is_below = text == root or text.startswith(f"{root}/")
    return base + text.removeprefix(root) if is_below else text


def script_arguments(hyperparameters: Mapping[str, Json]) -> list[str]:
    """`--name value` pairs, `-n value` for names of one letter (`sagemaker_training.mapping.to_cmd_args`)."""
    arguments = []
    for name, value in hyperparameters.items():
        arguments += [f"-{name}" if len(name) == 1 else f"--{name}", _argument(value)]
    return arguments


def _argument(value: Json) -> str:
    """An object as `a=1,b=2`; a list and a truth value as Python writes them."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={inner}" for key, inner in sorted(value.items()))
    return str(value)


def with_hyperparameters(
    environment: Mapping[str, str], hyperparameters: Mapping[str, Json]
) -> dict[str, str]:
    """`environment` with the toolkit's variables for these hyperparameters, and for no others."""
    variables = {
        name: text
        for name, text in environment.items()
        if not name.startswith(HYPERPARAMETER_PREFIX)
    }
    for name, value in hyperparameters.items():
        variables[f"{HYPERPARAMETER_PREFIX}{name.upper()}"] = _variable(value)
    variables[JobVariable.HYPERPARAMETERS] = _variable(hyperparameters)
    variables[JobVariable.ARGUMENTS] = _variable(script_arguments(hyperparameters))
    described = variables.get(JobVariable.TRAINING_ENVIRONMENT)
    if described:
        whole = json.loads(described) | {"hyperparameters": hyperparameters}
        variables[JobVariable.TRAINING_ENVIRONMENT] = _variable(whole)
    return variables


def _variable(value: Json) -> str:
    """A text unchanged, everything else as compact sorted JSON (`sagemaker_training.mapping.to_env_vars`)."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
