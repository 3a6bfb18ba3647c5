"""What the schema of a settings file says of the training: our own hyperparameters and those of TrainingArguments."""

from __future__ import annotations

from typing import Any

from functions.inspect.settings_file.schema_parts import Schema
from tasks.hyperparameters import OWN
from tasks.trainer_arguments import ALIASES, PASSED, Passed

_TYPES = {"float": "number", "int": "integer", "str": "string", "bool": "boolean"}
_EXAMPLES: dict[str, Any] = {
    "min_steps": 200,
    "prefix": "summarize: ",
    "source_language": "en_XX",
    "target_language": "de_DE",
    "lora": True,
    "freeze_layers": 3,
    "max_steps": 500,
    "lr_scheduler_type": "cosine",
    "lr_scheduler_kwargs": {"num_cycles": 2},
    "warmup_steps": 100,
    "optim": "adafactor",
    "optim_args": "scale_parameter=True",
    "optim_target_modules": "all-linear",
    "label_smoothing_factor": 0.1,
    "bf16": True,
    "tf32": True,
    "gradient_checkpointing": True,
    "gradient_checkpointing_kwargs": {"use_reentrant": False},
    "torch_compile": True,
    "torch_compile_backend": "inductor",
    "torch_compile_mode": "max-autotune",
    "liger_kernel_config": {"rope": True},
    "neftune_noise_alpha": 5,
    "torch_empty_cache_steps": 50,
    "eval_strategy": "steps",
    "eval_steps": 100,
    "eval_accumulation_steps": 16,
    "dataloader_num_workers": 2,
    "dataloader_prefetch_factor": 4,
    "ddp_find_unused_parameters": True,
    "ddp_bucket_cap_mb": 25,
    "ddp_broadcast_buffers": False,
}
"""Values to show where the default is none to write down."""
_ELSEWHERE = {"task", "base_model"}
"""Arguments of the job that stand at the top of the file."""


def _argument(name: str) -> Schema:
    argument, facts = OWN[name], OWN[name].metadata
    return {
        "type": _TYPES[str(argument.type)],
        **_limits(facts["least"], facts["most"], facts["choices"]),
        "description": _sentence(facts["meaning"]),
        "default": argument.default,
        "examples": [_EXAMPLES.get(name, argument.default)],
    }


def _limits(
    least: float | None, most: float | None, choices: tuple[str, ...]
) -> Schema:
    limits = {"enum": list(choices) or None, "minimum": least, "maximum": most}
    return {key: value for key, value in limits.items() if value is not None}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _passed(name: str, field: Passed) -> Schema:
    parts: list[Schema] = []
    for kind in field.types:
        items = {"items": {"type": "string"}} if kind == "array" else {}
        parts.append({"type": kind, **items})
    return {
        **(parts[0] if len(parts) == 1 else {"anyOf": parts}),
        **_limits(field.least, field.most, field.choices),
        "description": _sentence(field.meaning),
        **(
            {"x-default": field.instead}
            if field.instead
            else {"default": field.default}
        ),
        "examples": [_EXAMPLES.get(name, field.default)],
    }


def hyperparameter_properties(base_model: Schema) -> dict[str, Schema]:
    """The schema of each name that stands under `hyperparameters`, aliases too."""
    properties = {name: _argument(name) for name in OWN if name not in _ELSEWHERE} | {
        name: _passed(name, field) for name, field in PASSED.items()
    }
    properties["base_model"] = base_model
    others = {
        alias: {**properties[name], "description": f"Another name of {name}."}
        for alias, name in ALIASES.items()
    }
    del properties["base_model"]
    return properties | others
