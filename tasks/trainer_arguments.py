"""Every field of Hugging Face `TrainingArguments`: passed through, decided by Traindrop, or another name of ours.

The fields and choices are those that both transformers releases know: that of the training image (5.3.0) and the
laptop's. What only one has is refused, so that a drop means the same in both places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Passed:
    """A field that is handed to the `Trainer` as given.

    `types` are JSON Schema's names, `default` is transformers'; `instead` says what Traindrop does in its place.
    """

    types: tuple[str, ...]
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    instead: str = ""


_SCHEDULERS = (
    "linear",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "reduce_lr_on_plateau",
    "cosine_with_min_lr",
    "cosine_warmup_with_min_lr",
    "warmup_stable_decay",
)
_OPTIMIZERS = (
    *(
        "adamw_torch",
        "adamw_torch_fused",
        "adafactor",
        "sgd",
        "adagrad",
        "rmsprop",
        "adamw_torch_4bit",
    ),
    *(
        "adamw_torch_8bit",
        "adamw_anyprecision",
        "ademamix",
        "stable_adamw",
        "grokadamw",
        "lomo",
        "adalomo",
    ),
    *(
        "adamw_bnb_8bit",
        "adamw_8bit",
        "ademamix_8bit",
        "lion_8bit",
        "lion_32bit",
        "paged_adamw_32bit",
    ),
    *(
        "paged_adamw_8bit",
        "paged_ademamix_32bit",
        "paged_ademamix_8bit",
        "paged_lion_32bit",
        "paged_lion_8bit",
    ),
    *(
        "rmsprop_bnb",
        "rmsprop_bnb_8bit",
        "rmsprop_bnb_32bit",
        "galore_adamw",
        "galore_adamw_8bit",
    ),
    *(
        "galore_adafactor",
        "galore_adamw_layerwise",
        "galore_adamw_8bit_layerwise",
        "galore_adafactor_layerwise",
    ),
    *(
        "schedule_free_radam",
        "schedule_free_adamw",
        "schedule_free_sgd",
        "apollo_adamw",
        "apollo_adamw_layerwise",
    ),
)
_FLAG, _WHOLE, _NUMBER, _TEXT, _OBJECT = (
    ("boolean",),
    ("integer",),
    ("number",),
    ("string",),
    ("object",),
)
_TARGETS = ("string", "array")
_RATIO, _GPU, _VALIDATED = (
    "as `warmup_ratio` says",
    "the GPU's better one",
    "`epoch`, or `steps` with `eval_steps`",
)

PASSED: dict[str, Passed] = {
    "max_steps": Passed(
        _WHOLE,
        -1,
        "steps to train, instead of `epochs`; -1: as `epochs` says",
        least=-1,
    ),
    "lr_scheduler_type": Passed(
        _TEXT, "linear", "how the learning rate falls", _SCHEDULERS
    ),
    "lr_scheduler_kwargs": Passed(
        _OBJECT, None, "more of the schedule, for example `{num_cycles: 2}`"
    ),
    "warmup_steps": Passed(
        _NUMBER,
        0,
        "steps in which the learning rate rises, instead of `warmup_ratio`",
        least=0,
        instead=_RATIO,
    ),
    "optim": Passed(
        _TEXT,
        "adamw_torch_fused",
        "the optimizer; some need a package of their own",
        _OPTIMIZERS,
    ),
    "optim_args": Passed(
        _TEXT, None, "more of the optimizer, as `name=value,name=value`"
    ),
    "optim_target_modules": Passed(
        _TARGETS, None, "layers that a GaLore or APOLLO optimizer works on"
    ),
    "adam_beta1": Passed(
        _NUMBER, 0.9, "AdamW's decay of the mean", least=0, most=0.99999
    ),
    "adam_beta2": Passed(
        _NUMBER, 0.999, "AdamW's decay of the variance", least=0, most=0.99999
    ),
    "adam_epsilon": Passed(
        _NUMBER, 1e-8, "AdamW's guard against division by zero", least=0, most=1
    ),
    "average_tokens_across_devices": Passed(
        _FLAG, True, "the loss is averaged over the tokens of all devices"
    ),
    "label_smoothing_factor": Passed(
        _NUMBER, 0.0, "how much of a label goes to the others", least=0, most=0.999
    ),
    "bf16": Passed(_FLAG, False, "computes in bfloat16", instead=_GPU),
    "fp16": Passed(_FLAG, False, "computes in float16", instead=_GPU),
    "bf16_full_eval": Passed(_FLAG, False, "evaluates wholly in bfloat16"),
    "fp16_full_eval": Passed(_FLAG, False, "evaluates wholly in float16"),
    "tf32": Passed(_FLAG, None, "multiplies in TF32", instead=_GPU),
    "gradient_checkpointing": Passed(
        _FLAG, None, "computes activations twice to save memory"
    ),
    "gradient_checkpointing_kwargs": Passed(
        _OBJECT, None, "more of it, for example `{use_reentrant: false}`"
    ),
    "torch_compile": Passed(_FLAG, False, "compiles the model"),
    "torch_compile_backend": Passed(_TEXT, None, "the compiler's backend"),
    "torch_compile_mode": Passed(_TEXT, None, "the compiler's mode"),
    "use_liger_kernel": Passed(
        _FLAG, False, "Liger kernels; needs the package liger-kernel"
    ),
    "liger_kernel_config": Passed(_OBJECT, None, "which Liger kernels"),
    "neftune_noise_alpha": Passed(
        _NUMBER, None, "noise in the embeddings (NEFTune)", least=0
    ),
    "torch_empty_cache_steps": Passed(
        _WHOLE, None, "frees the GPU's unused memory every so many steps", least=1
    ),
    "eval_strategy": Passed(
        _TEXT, "no", "when to validate", ("no", "steps", "epoch"), instead=_VALIDATED
    ),
    "eval_steps": Passed(
        _NUMBER,
        None,
        "steps between two validations, or their share of all steps",
        least=1e-6,
    ),
    "eval_delay": Passed(
        _NUMBER, 0, "epochs, or steps, before the first validation", least=0
    ),
    "eval_on_start": Passed(_FLAG, False, "validates before the first step too"),
    "eval_accumulation_steps": Passed(
        _WHOLE, None, "batches kept on the device while validating", least=1
    ),
    "full_determinism": Passed(_FLAG, False, "the same result every time, and slower"),
    "dataloader_num_workers": Passed(
        _WHOLE, 0, "processes that prepare batches", least=0, most=256
    ),
    "dataloader_pin_memory": Passed(
        _FLAG,
        True,
        "batches in memory that the GPU reads faster",
        instead="true with a GPU",
    ),
    "dataloader_persistent_workers": Passed(
        _FLAG, False, "keeps those processes between epochs"
    ),
    "dataloader_prefetch_factor": Passed(
        _WHOLE, None, "batches each process prepares ahead", least=1
    ),
    "ddp_find_unused_parameters": Passed(
        _FLAG, None, "for a model of which a step uses a part"
    ),
    "ddp_bucket_cap_mb": Passed(
        _WHOLE, None, "megabytes of gradients sent at once", least=1
    ),
    "ddp_broadcast_buffers": Passed(_FLAG, None, "sends the model's buffers too"),
    "ddp_timeout": Passed(
        _WHOLE, 1800, "seconds that processes wait for each other", least=1
    ),
}

ALIASES: dict[str, str] = {
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "lr": "learning_rate",
    "per_device_train_batch_size": "train_batch_size",
    "per_device_eval_batch_size": "eval_batch_size",
    "batch_size": "train_batch_size",
    "model_name_or_path": "base_model",
    "model_name": "base_model",
    "max_seq_length": "max_length",
    "max_source_length": "max_length",
    "block_size": "max_length",
    "generation_max_length": "max_target_length",
    "generation_num_beams": "num_beams",
    "source_prefix": "prefix",
    "source_lang": "source_language",
    "target_lang": "target_language",
    "lora_rank": "lora_r",
    "warmup_proportion": "warmup_ratio",
    "activation_checkpointing": "gradient_checkpointing",
    "activation_checkpointing_kwargs": "gradient_checkpointing_kwargs",
}
"""What tutorials and the scripts of transformers call an argument -> what it is called here."""

_REASONS: dict[str, tuple[str, ...]] = {
    "the model goes where the run's files go": ("output_dir", "run_name"),
    "the job reports its progress by itself": (
        *(
            "logging_strategy",
            "logging_steps",
            "logging_first_step",
            "logging_nan_inf_filter",
            "logging_dir",
        ),
        *(
            "log_on_each_node",
            "log_level",
            "log_level_replica",
            "disable_tqdm",
            "include_num_input_tokens_seen",
        ),
        *("debug", "skip_memory_metrics"),
    ),
    "nothing is reported to other services": (
        *(
            "report_to",
            "project",
            "trackio_space_id",
            "trackio_bucket_id",
            "trackio_static_space_id",
        ),
    ),
    "the model stays in the data bucket": (
        *(
            "push_to_hub",
            "hub_token",
            "hub_private_repo",
            "hub_model_id",
            "hub_strategy",
            "hub_always_push",
        ),
        "hub_revision",
    ),
    "checkpoints are made by time, as checkpoint_seconds says, and the best and the newest are kept": (
        *(
            "save_strategy",
            "save_steps",
            "save_total_limit",
            "save_only_model",
            "save_on_each_node",
        ),
        "enable_jit_checkpoint",
    ),
    "a job that was interrupted goes on from its newest checkpoint": (
        *(
            "resume_from_checkpoint",
            "ignore_data_skip",
            "restore_callback_states_from_checkpoint",
        ),
    ),
    "with a validation split the best checkpoint by the task's metric is taken": (
        *("load_best_model_at_end", "metric_for_best_model", "greater_is_better"),
    ),
    "the task says what is measured and how": (
        *(
            "prediction_loss_only",
            "include_for_metrics",
            "batch_eval_metrics",
            "eval_do_concat_batches",
        ),
        *("eval_use_gather_object", "label_names", "remove_unused_columns"),
    ),
    "a drop is always trained, validated and tested": (
        "do_train",
        "do_eval",
        "do_predict",
    ),
    "every row is trained on, rows of similar length together, in the order that seed gives": (
        *(
            "data_seed",
            "dataloader_drop_last",
            "train_sampling_strategy",
            "length_column_name",
            "group_by_length",
        ),
    ),
    "batches are laid out before the training; set train_batch_size": (
        "auto_find_batch_size",
    ),
    "the machine decides": (
        "use_cpu",
        "use_cache",
        "no_cuda",
        "local_rank",
        "ddp_backend",
    ),
    "the model is trained whole, on one instance": (
        *(
            "fsdp",
            "fsdp_config",
            "deepspeed",
            "parallelism_config",
            "accelerator_config",
        ),
    ),
    "the training image's transformers does not know it": (
        *(
            "dataloader_in_order",
            "dataloader_multiprocessing_context",
            "ddp_static_graph",
        ),
    ),
}
DECIDED: dict[str, str] = {
    name: reason for reason, names in _REASONS.items() for name in names
}
"""What Traindrop decides itself -> why."""


def our_name(name: str) -> str:
    """What an argument is called here; any other name stays as it is."""
    return ALIASES.get(name, name)
