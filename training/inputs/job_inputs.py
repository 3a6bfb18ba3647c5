"""What a job is given: its paths, the spec, the hyperparameters and the rows, all read before anything is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts import locations
from contracts.documents import ContractError
from contracts.environment import JobVariable, channel_variable
from contracts.spec import Spec
from tasks import Task, find_task, get_task
from tasks.hyperparameters import Hyperparameters
from tasks.training_defaults import defaults_for
from training.common.errors import DataError
from training.common.log import say
from training.common.types import Json, Rows
from training.inputs.base_model import source_of
from training.inputs.hyperparameters import resolve
from training.inputs.row_file import RowFiles
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe

CHANNELS = (
    locations.TRAIN_CHANNEL,
    locations.TEST_CHANNEL,
    locations.VALIDATION_CHANNEL,
    locations.SPEC_CHANNEL,
    locations.BASE_MODEL_CHANNEL,
    locations.CODE_CHANNEL,
    locations.CHAMPION_CHANNEL,
)
DEFAULT_TASK = "text-classification"


@dataclass(frozen=True)
class JobPaths:
    """The paths of the SageMaker training contract; a channel that the job does not have is None."""

    model: Path
    output_data: Path
    checkpoints: Path
    failure: Path
    train: Path | None = None
    test: Path | None = None
    validation: Path | None = None
    spec: Path | None = None
    base: Path | None = None
    code: Path | None = None
    champion: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> JobPaths:
        """From `SM_*`; what is not set is under `/opt/ml`, as in the container."""
        model = Path(
            environment.get(JobVariable.MODEL_DIR) or locations.MODEL_DIRECTORY
        )
        output_data = Path(
            environment.get(JobVariable.OUTPUT_DATA_DIR)
            or model.parent / "output" / "data"
        )
        output = Path(environment.get(JobVariable.OUTPUT_DIR) or output_data.parent)
        channels = {}
        for name in CHANNELS:
            folder = environment.get(channel_variable(name))
            channels[name] = Path(folder) if folder else None
        checkpoints = model.parent / locations.CHECKPOINTS_NAME
        return cls(
            model, output_data, checkpoints, output / locations.FAILURE_NAME, **channels
        )

    def channel(self, name: str) -> Path:
        """The folder of a channel that the job needs. Raises `DataError`."""
        path: Path | None = getattr(self, name)
        if path is None:
            raise DataError(
                f"expected a channel {name!r}; found none ({channel_variable(name)}). Add it to the job."
            )
        return path


@dataclass(frozen=True)
class Job:
    """Everything that is read before anything is computed."""

    hyperparameters: Mapping[str, Json]
    """As the user set them: the spec's, with the overrides."""
    arguments: Hyperparameters
    """The hyperparameters over the task's defaults, checked."""
    paths: JobPaths
    spec: Spec
    recipe: AnyRecipe
    base: str
    """Folder or Hub id of the base model."""
    train: Rows
    test: Rows
    validation: Rows

    @classmethod
    def read(cls, overrides: Mapping[str, Json], paths: JobPaths) -> Job:
        """`overrides` replace hyperparameters of the spec. Raises `JobError` for whatever is missing or wrong."""
        spec = read_spec(paths.spec)
        task = get_task(spec.task or DEFAULT_TASK, spec.variant)
        named_task = overrides.get("task")
        if named_task and named_task != task.name:
            task = find_task(str(named_task))
        hyperparameters = {**spec.hyperparameters, **overrides}
        # Wrong ones are refused before the rows are read, on whose number the defaults depend.
        base_model = (
            resolve(hyperparameters, task.defaults).base_model or spec.base_model
        )
        base = source_of(paths.base, base_model)
        train = read_rows(paths.channel(locations.TRAIN_CHANNEL), task)
        test = read_rows(paths.channel(locations.TEST_CHANNEL), task)
        validation: Rows = read_rows(paths.validation, task) if paths.validation else []
        labels = list(spec.labels) or sorted(
            {label for row in train for label in task.labels_of(row)}
        )
        defaults = defaults_for(task, len(train), len(labels), base_model)
        arguments = resolve(hyperparameters, defaults)
        _say_sizes(task, train, validation, test, labels)
        return cls(
            hyperparameters,
            arguments,
            paths,
            spec,
            recipe_of(task, labels),
            base,
            train,
            test,
            validation,
        )

    @property
    def has_own_hooks(self) -> bool:
        """Whether the drop's own code answers, so that only it knows what is right."""
        return bool(self.spec.hooks)

    @property
    def title(self) -> str:
        return self.spec.model or "model"

    @property
    def base_name(self) -> str:
        """The base model as a person knows it; `base` may be the folder of its channel."""
        return self.arguments.base_model or self.spec.base_model

    @property
    def gate_metric(self) -> str:
        """The metric of the run's gate where the task has it, else the task's own."""
        return gate_metric(self.recipe.task, self.spec)


def gate_metric(task: Task, spec: Spec) -> str:
    """The metric of the spec's gate where the task has it, else the task's own."""
    return spec.gate.metric if spec.gate.metric in task.metrics else task.metric


def _say_sizes(
    task: Task,
    train: Rows,
    validation: Rows,
    test: Rows,
    labels: list[str],
) -> None:
    to_validate = f"{len(validation):,} to validate, " if validation else ""
    say(
        f"{task.title}: {len(train):,} rows to train, {to_validate}{len(test):,} to test, {len(labels):,} labels"
    )


def read_spec(channel: Path | None) -> Spec:
    """The spec of its channel; the default one without a channel. Fields that are null count as absent.

    Raises `DataError` for a file that is missing, no JSON object, or has a wrong field.
    """
    if channel is None:
        return Spec()
    path = channel / locations.SPEC
    try:
        content = json.loads(path.read_text("utf-8"))
        return Spec.read(
            {name: value for name, value in content.items() if value is not None}
        )
    except ContractError as error:
        raise DataError(str(error)) from None
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(
            f"expected a JSON object in {path}; found {type(error).__name__}: {error}. Upload the spec again."
        ) from None


def read_rows(channel: Path, task: Task) -> Rows:
    """The canonical rows of a channel, which stay in their files.

    Raises `DataError`, which names file, row and column.
    """
    paths = locations.row_files(channel)
    if not paths:
        names = (
            ", ".join(sorted(entry.name for entry in channel.glob("*"))) or "nothing"
        )
        raise DataError(
            f"expected {locations.ROWS} in the channel {channel.name!r}; found {names}. "
            f"Upload the rows as {locations.ROWS}."
        )
    rows = RowFiles(paths, task)
    if not rows:
        raise DataError(
            f"expected rows in {channel.name}/{locations.ROWS}; found none. Drop more data."
        )
    return rows
