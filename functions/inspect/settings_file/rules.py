"""Settings that are right one by one and impossible together: a rule each, all of them in `RULES`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

import deployment_modes
from contracts.problems import Problem
from contracts.spec import has_gpu
from functions.common.limits import VALUE_CHARACTERS
from functions.common.text import counted, quoted
from functions.inspect.settings_file.base import Options

Rule = Callable[[Options, str], Iterable[Problem]]
"""Settings and the file's name -> what is wrong with them."""

LONGEST_CHECKPOINT_SECONDS = 3600
_NEURON = re.compile(r"ml\.(inf|trn)\d")
_TRAINING = (
    *(
        "task",
        "columns",
        "labels",
        "base_model",
        "hyperparameters",
        "compute",
        "serving",
        "gate",
        "budget",
        "search",
    ),
)
_SCHEDULES = {
    "cosine_with_min_lr": ("min_lr", "min_lr_rate"),
    "cosine_warmup_with_min_lr": ("min_lr", "min_lr_rate"),
    "warmup_stable_decay": ("num_decay_steps",),
}
_LAYERED = ("galore_", "apollo_")


def broken_rules(options: Options, file: str, free: bool = False) -> Iterator[Problem]:
    """The problems of all rules that do not hold; `free` hyperparameters may mean anything."""
    for rule in RULES:
        if not (free and rule in _OF_OUR_TRAINING):
            yield from rule(options, file)
    if free:
        yield from _search_is_of_our_training(options, file)


def _hub_needs_no_training(options: Options, file: str) -> Iterator[Problem]:
    for key in _TRAINING if options.hub else ():
        if key in options.lines:
            remedy = (
                "Move it into hub."
                if key == "task"
                else f"Remove {key}, or remove hub and drop data to train on."
            )
            yield options.problem(
                key,
                "no settings of a training next to hub, which deploys a model as it is",
                key,
                remedy,
                file,
            )


def _one_user_column_each(options: Options, file: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, column in options.columns.items():
        other = first.setdefault(column.strip().lower(), name)
        if other != name:
            actual = f"{quoted(column)} for {other!r} too"
            yield options.problem(
                f"columns.{name}",
                "another column of yours",
                actual,
                "Map each column once.",
                file,
            )


def _types_or_type(options: Options, file: str) -> Iterator[Problem]:
    if {"compute.instance_type", "compute.instance_types"} <= options.lines.keys():
        key, expected = (
            "compute.instance_type",
            "one of 'instance_type' and 'instance_types'",
        )
        yield options.problem(
            key, expected, "both", "Put all types into instance_types.", file
        )


def _no_neuron_chips(options: Options, file: str) -> Iterator[Problem]:
    setting = (
        "compute.instance_type"
        if "compute.instance_type" in options.lines
        else "compute.instance_types"
    )
    training = [(setting, name) for name in options.compute.get("instance_types", [])]
    for key, name in [
        *training,
        ("deployment.instance_type", options.deployment.get("instance_type", "")),
    ]:
        if _NEURON.match(name):
            actual = f"{name}, whose Neuron chips the images have no drivers for"
            yield options.problem(
                key,
                "an instance type with GPUs or CPUs only",
                actual,
                "Choose another type.",
                file,
            )


def _spot_needs_checkpoints(options: Options, file: str) -> Iterator[Problem]:
    seconds = options.hyperparameters.get("checkpoint_seconds", 0)
    if options.compute.get("spot") and seconds > LONGEST_CHECKPOINT_SECONDS:
        yield options.problem(
            "compute.spot",
            f"a checkpoint at least every {LONGEST_CHECKPOINT_SECONDS:,} seconds where spot is true",
            f"checkpoint_seconds {seconds:,}, all of which an interruption could lose",
            "Lower checkpoint_seconds, or set spot: false.",
            file,
        )


def _half_precision_once(options: Options, file: str) -> Iterator[Problem]:
    for one, other in (("fp16", "bf16"), ("fp16_full_eval", "bf16_full_eval")):
        if options.hyperparameters.get(one) and options.hyperparameters.get(other):
            remedy = "Set one, or neither: the GPU's better one is taken."
            yield options.problem(
                f"hyperparameters.{other}",
                f"one of {one} and {other}",
                "both",
                remedy,
                file,
            )


def _gpu_for_half_precision(options: Options, file: str) -> Iterator[Problem]:
    cpus = [
        name for name in options.compute.get("instance_types", []) if not has_gpu(name)
    ]
    for name in ("fp16", "tf32"):
        if cpus and options.hyperparameters.get(name):
            remedy = f"Remove {name}, or choose types such as ml.g5.xlarge."
            actual = f"{cpus[0]} among the instance types"
            yield options.problem(
                f"hyperparameters.{name}",
                f"GPUs, which {name} needs",
                actual,
                remedy,
                file,
            )


def _no_four_bits(options: Options, file: str) -> Iterator[Problem]:
    if options.hyperparameters.get("load_in_4bit"):
        key, remedy = (
            "hyperparameters.load_in_4bit",
            "Weights in 4 bits are not supported: leave it out.",
        )
        yield options.problem(key, "false", "true", remedy, file)


def _layers_that_train(options: Options, file: str) -> Iterator[Problem]:
    hyperparameters = options.hyperparameters
    if hyperparameters.get("freeze_layers") and hyperparameters.get("lora"):
        key, actual = (
            "hyperparameters.freeze_layers",
            str(hyperparameters["freeze_layers"]),
        )
        expected = "0 with lora, which trains none of the model's own layers"
        yield options.problem(key, expected, actual, "Remove one of the two.", file)


def _workers_that_prefetch(options: Options, file: str) -> Iterator[Problem]:
    hyperparameters = options.hyperparameters
    for name in ("dataloader_prefetch_factor", "dataloader_persistent_workers"):
        if hyperparameters.get(name) and not hyperparameters.get(
            "dataloader_num_workers"
        ):
            yield options.problem(
                f"hyperparameters.{name}",
                "dataloader_num_workers of at least 1 next to it",
                str(hyperparameters.get("dataloader_num_workers", "none")),
                f"Set dataloader_num_workers, or remove {name}.",
                file,
            )


def _schedule_is_complete(options: Options, file: str) -> Iterator[Problem]:
    name = options.hyperparameters.get("lr_scheduler_type", "")
    wanted, more = (
        _SCHEDULES.get(name, ()),
        options.hyperparameters.get("lr_scheduler_kwargs") or {},
    )
    if wanted and len(more.keys() & set(wanted)) != 1:
        yield options.problem(
            "hyperparameters.lr_scheduler_type",
            f"lr_scheduler_kwargs with {' or '.join(wanted)}, which {name} needs",
            ", ".join(more) or "none",
            f"Write lr_scheduler_kwargs: {{{wanted[-1]}: …}}.",
            file,
        )


def _plateaus_are_validated(options: Options, file: str) -> Iterator[Problem]:
    hyperparameters = options.hyperparameters
    if (
        hyperparameters.get("lr_scheduler_type") == "reduce_lr_on_plateau"
        and hyperparameters.get("eval_strategy") == "no"
    ):
        expected = (
            "eval_strategy epoch or steps, whose results reduce_lr_on_plateau goes by"
        )
        yield options.problem(
            "hyperparameters.eval_strategy",
            expected,
            "no",
            "Leave eval_strategy out.",
            file,
        )


def _layers_of_the_optimizer(options: Options, file: str) -> Iterator[Problem]:
    name = options.hyperparameters.get("optim", "")
    if (
        name.startswith(_LAYERED)
        and "optim_target_modules" not in options.hyperparameters
    ):
        expected = f"optim_target_modules, the layers that {name} works on"
        remedy = "Write optim_target_modules: all-linear."
        yield options.problem("hyperparameters.optim", expected, "none", remedy, file)


def _windows_go_on(options: Options, file: str) -> Iterator[Problem]:
    stride, length = (
        options.hyperparameters.get(name) for name in ("doc_stride", "max_length")
    )
    if stride is not None and length is not None and stride >= length:
        expected, remedy = (
            f"fewer tokens than max_length {length:,}",
            "Lower it: windows share that many tokens.",
        )
        yield options.problem(
            "hyperparameters.doc_stride", expected, f"{stride:,}", remedy, file
        )


def _values_fit_a_job(options: Options, file: str) -> Iterator[Problem]:
    for name, value in options.hyperparameters.items():
        length = len(value if isinstance(value, str) else json.dumps(value))
        if length > VALUE_CHARACTERS:
            expected, actual = (
                f"at most {VALUE_CHARACTERS:,} characters, as SageMaker takes",
                counted(length, "character"),
            )
            yield options.problem(
                f"hyperparameters.{name}", expected, actual, "Shorten it.", file
            )


def _settings_fit_the_mode(options: Options, file: str) -> Iterator[Problem]:
    chosen = options.deployment.get("mode")
    if chosen is None:
        return
    mode = deployment_modes.find_mode(chosen)
    for name, value in options.deployment.items():
        if name == "mode" or name in mode.setting_names:
            continue
        expected = f"no {name} with the mode {mode.name}, {mode.lacks}"
        others = " or ".join(deployment_modes.modes_with(name))
        remedy = f"Set mode: {others}, or remove {name}."
        yield options.problem(
            f"deployment.{name}",
            expected,
            mode.describe_foreign(name, value),
            remedy,
            file,
        )


def _weights_alone(options: Options, file: str) -> Iterator[Problem]:
    for name in (
        ("precision", "max_metric_loss")
        if options.serving.get("engine") == "torch"
        else ()
    ):
        if name in options.serving:
            expected, actual = (
                f"no {name} with the engine torch, for which no graph is made",
                str(options.serving[name]),
            )
            yield options.problem(
                f"serving.{name}",
                expected,
                actual,
                f"Set engine: auto, or remove {name}.",
                file,
            )


def _loss_is_weighed(options: Options, file: str) -> Iterator[Problem]:
    precision = options.serving.get("precision", "auto")
    if precision != "auto" and "max_metric_loss" in options.serving:
        key, expected = (
            "serving.max_metric_loss",
            f"none with the precision {precision}, which is taken as it is",
        )
        remedy = "Set precision: auto, or remove max_metric_loss."
        yield options.problem(
            key, expected, str(options.serving["max_metric_loss"]), remedy, file
        )


def _search_is_of_our_training(options: Options, file: str) -> Iterator[Problem]:
    if options.search:
        yield options.problem(
            "search",
            "none beside code/train.py, which decides itself what it tries",
            "search",
            "Remove search, or the script.",
            file,
        )


def _trials_fit_a_job(options: Options, file: str) -> Iterator[Problem]:
    budget = options.search.get("budget_minutes")
    limit = options.compute.get("max_runtime_seconds")
    if budget is not None and limit is not None and budget * 60 >= limit:
        yield options.problem(
            "search.budget_minutes",
            f"less than compute.max_runtime_seconds ({limit:,} s), as the model is trained after the trials",
            f"{budget:g} minutes",
            "Lower budget_minutes, or raise max_runtime_seconds.",
            file,
        )


_OF_OUR_TRAINING: tuple[Rule, ...] = (
    _spot_needs_checkpoints,
    _half_precision_once,
    _gpu_for_half_precision,
    _layers_that_train,
    _no_four_bits,
    _workers_that_prefetch,
    _schedule_is_complete,
    _plateaus_are_validated,
    _layers_of_the_optimizer,
    _windows_go_on,
    _trials_fit_a_job,
)
RULES: tuple[Rule, ...] = (
    _hub_needs_no_training,
    _one_user_column_each,
    _types_or_type,
    _no_neuron_chips,
    *_OF_OUR_TRAINING,
    _values_fit_a_job,
    _settings_fit_the_mode,
    _weights_alone,
    _loss_is_weighed,
)
