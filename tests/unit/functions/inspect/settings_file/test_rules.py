"""Settings that are right one by one and impossible together, or with the task."""

from __future__ import annotations

import pytest

from functions.inspect.settings_file import Options, parse, rules, unfit
from functions.inspect.settings_file.fitting import LESS_IS_BETTER
from functions.inspect.settings_file.rules import RULES
from tasks import every_variant, find_task

IMPOSSIBLE = [
    (
        "hub: {model_id: a/b}\ntask: ner",
        "line 2, 'task': expected no settings of a training next to hub, which deploys a model as it is; "
        "found task. Move it into hub.",
    ),
    (
        "hub: {model_id: a/b}\ngate: {min_gain: 0}",
        "line 2, 'gate': expected no settings of a training next to hub, which deploys a model as it is; "
        "found gate. Remove gate, or remove hub and drop data to train on.",
    ),
    (
        "search: {trials: 4}\nhub: {model_id: a/b}",
        "line 1, 'search': expected no settings of a training next to hub, which deploys a model as it is; "
        "found search. Remove search, or remove hub and drop data to train on.",
    ),
    (
        "compute: {max_runtime_seconds: 3600}\nsearch: {trials: 4, budget_minutes: 60}",
        "line 2, 'search.budget_minutes': expected less than compute.max_runtime_seconds (3,600 s), as the model is "
        "trained after the trials; found 60 minutes. Lower budget_minutes, or raise max_runtime_seconds.",
    ),
    (
        'columns: {text: Review, label: "review "}',
        "line 1, 'columns.label': expected another column of yours; found 'review ' for 'text' too. "
        "Map each column once.",
    ),
    (
        "compute: {instance_type: ml.g5.xlarge, instance_types: [ml.g4dn.xlarge]}",
        "line 1, 'compute.instance_type': expected one of 'instance_type' and 'instance_types'; found both. "
        "Put all types into instance_types.",
    ),
    (
        "compute:\n  instance_type: ml.trn1.2xlarge",
        "line 2, 'compute.instance_type': expected an instance type with GPUs or CPUs only; found "
        "ml.trn1.2xlarge, whose Neuron chips the images have no drivers for. Choose another type.",
    ),
    (
        "deployment:\n  instance_type: ml.inf2.xlarge",
        "line 2, 'deployment.instance_type': expected an instance type with GPUs or CPUs only; found "
        "ml.inf2.xlarge, whose Neuron chips the images have no drivers for. Choose another type.",
    ),
    (
        "hyperparameters: {checkpoint_seconds: 7200}\ncompute: {spot: true}",
        "line 2, 'compute.spot': expected a checkpoint at least every 3,600 seconds where spot is true; found "
        "checkpoint_seconds 7,200, all of which an interruption could lose. Lower checkpoint_seconds, or set spot: "
        "false.",
    ),
    (
        "hyperparameters: {fp16: true, bf16: true}",
        "line 1, 'hyperparameters.bf16': expected one of fp16 and bf16; found both. Set one, or neither: the "
        "GPU's better one is taken.",
    ),
    (
        "hyperparameters: {tf32: true}\ncompute: {instance_types: [ml.g5.xlarge, ml.c5.xlarge]}",
        "line 1, 'hyperparameters.tf32': expected GPUs, which tf32 needs; found ml.c5.xlarge among the instance "
        "types. Remove tf32, or choose types such as ml.g5.xlarge.",
    ),
    (
        "hyperparameters: {load_in_4bit: true}",
        "line 1, 'hyperparameters.load_in_4bit': expected false; found true. Weights in 4 bits are not "
        "supported: leave it out.",
    ),
    (
        "hyperparameters: {freeze_layers: 3, lora: true}",
        "line 1, 'hyperparameters.freeze_layers': expected 0 with lora, which trains none of the model's own "
        "layers; found 3. Remove one of the two.",
    ),
    (
        "hyperparameters: {dataloader_prefetch_factor: 2}",
        "line 1, 'hyperparameters.dataloader_prefetch_factor': expected dataloader_num_workers of at least 1 "
        "next to it; found none. Set dataloader_num_workers, or remove dataloader_prefetch_factor.",
    ),
    (
        "hyperparameters: {lr_scheduler_type: cosine_with_min_lr}",
        "line 1, 'hyperparameters.lr_scheduler_type': expected lr_scheduler_kwargs with min_lr or min_lr_rate, "
        "which cosine_with_min_lr needs; found none. Write lr_scheduler_kwargs: {min_lr_rate: …}.",
    ),
    (
        "hyperparameters: {lr_scheduler_type: warmup_stable_decay, lr_scheduler_kwargs: {x: 1}}",
        "line 1, 'hyperparameters.lr_scheduler_type': expected lr_scheduler_kwargs with num_decay_steps, which "
        "warmup_stable_decay needs; found x. Write lr_scheduler_kwargs: {num_decay_steps: …}.",
    ),
    (
        "hyperparameters: {lr_scheduler_type: reduce_lr_on_plateau, eval_strategy: no}",
        "line 1, 'hyperparameters.eval_strategy': expected eval_strategy epoch or steps, whose results "
        "reduce_lr_on_plateau goes by; found no. Leave eval_strategy out.",
    ),
    (
        "hyperparameters: {optim: galore_adamw}",
        "line 1, 'hyperparameters.optim': expected optim_target_modules, the layers that galore_adamw works on; "
        "found none. Write optim_target_modules: all-linear.",
    ),
    (
        "hyperparameters: {doc_stride: 128, max_seq_length: 128}",
        "line 1, 'hyperparameters.doc_stride': expected fewer tokens than max_length 128; found 128. Lower it: "
        "windows share that many tokens.",
    ),
    (
        f"hyperparameters: {{prefix: {'x' * 2501}}}",
        "line 1, 'hyperparameters.prefix': expected at most 2,500 characters, as SageMaker takes; found 2,501 "
        "characters. Shorten it.",
    ),
    (
        "deployment: {mode: serverless, instance_type: ml.g5.xlarge}",
        "line 1, 'deployment.instance_type': expected no instance_type with the mode serverless, which has no "
        "instances; found ml.g5.xlarge, a GPU type: serverless endpoints have no GPU. Set mode: realtime or async, "
        "or remove instance_type.",
    ),
    (
        "deployment: {mode: serverless, instance_count: 2}",
        "line 1, 'deployment.instance_count': expected no instance_count with the mode serverless, which has no "
        "instances; found 2. Set mode: realtime or async, or remove instance_count.",
    ),
    (
        "deployment: {memory_mb: 2048, instance_type: ml.m5.xlarge}",
        "line 1, 'deployment.memory_mb': expected no memory_mb with the mode realtime, whose instance type says "
        "it; found 2048. Set mode: serverless, or remove memory_mb.",
    ),
    (
        "serving: {engine: torch, precision: int8}",
        "line 1, 'serving.precision': expected no precision with the engine torch, for which no graph is made; "
        "found int8. Set engine: auto, or remove precision.",
    ),
    (
        "serving: {precision: int8, max_metric_loss: 0.01}",
        "line 1, 'serving.max_metric_loss': expected none with the precision int8, which is taken as it is; "
        "found 0.01. Set precision: auto, or remove max_metric_loss.",
    ),
]


@pytest.mark.parametrize(("text", "message"), IMPOSSIBLE)
def test_impossible_combinations_are_refused(text: str, message: str) -> None:
    result = parse(text.encode(), "traindrop.yaml")
    assert isinstance(result, list)
    assert [str(problem) for problem in result] == [f"traindrop.yaml, {message}"]


def test_every_rule_has_an_example_that_breaks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "RULES", ())
    unruled = [parse(text.encode(), "traindrop.yaml") for text, _ in IMPOSSIBLE]
    options = [item for item in unruled if isinstance(item, Options)]
    assert len(options) == len(IMPOSSIBLE)
    assert [
        rule
        for rule in RULES
        if not any(list(rule(item, "traindrop.yaml")) for item in options)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "hub: {model_id: a/b}\ndeployment: {memory_mb: 2048}\nexample: {inputs: x}",
        "compute: {spot: true}\nhyperparameters: {checkpoint_seconds: 3600}",
        "compute: {spot: false}\nhyperparameters: {checkpoint_seconds: 7200}",
        "hyperparameters: {fp16: true, bf16: false}",
        "hyperparameters: {fp16: true}\ncompute: {instance_type: ml.g5.xlarge}",
        "hyperparameters: {dataloader_prefetch_factor: 2, dataloader_num_workers: 1}",
        "hyperparameters: {lr_scheduler_type: cosine_with_min_lr, lr_scheduler_kwargs: {min_lr: 1e-6}}",
        "hyperparameters: {lr_scheduler_type: reduce_lr_on_plateau}",
        "hyperparameters: {optim: apollo_adamw, optim_target_modules: [attn]}",
        "hyperparameters: {doc_stride: 64, max_length: 128}",
        "deployment: {mode: realtime, instance_type: ml.g5.xlarge, instance_count: 2}",
    ],
)
def test_possible_combinations_are_not(text: str) -> None:
    assert isinstance(parse(text.encode(), "traindrop.yaml"), Options)


def problems(text: str, task: str) -> list[str]:
    options = parse(text.encode(), "traindrop.yaml")
    assert isinstance(options, Options), options
    return [
        str(problem) for problem in unfit(options, find_task(task), "traindrop.yaml")
    ]


@pytest.mark.parametrize(
    ("text", "task", "message"),
    [
        (
            "gate:\n  metric: macrof1",
            "text-classification",
            "line 2, 'gate.metric': expected a metric of text-classification to compare by: accuracy, macro_f1; "
            "found 'macrof1'. Did you mean 'macro_f1'?",
        ),
        (
            "gate:\n  metric: perplexity",
            "text-generation",
            "line 2, 'gate.metric': expected a metric of text-generation to compare by: token_accuracy; found "
            "'perplexity', of which less is better. Choose one of them, such as 'token_accuracy'.",
        ),
        (
            "columns:\n  zzz: a",
            "text-classification",
            "line 2, 'columns.zzz': expected a column of text-classification: text, label, text_pair; found "
            "'zzz'. Choose one of them, such as 'text'. The task's name stands first, then yours.",
        ),
        (
            "columns:\n  txet: a",
            "text-classification",
            "line 2, 'columns.txet': expected a column of text-classification: text, label, text_pair; found "
            "'txet'. Did you mean 'text'? The task's name stands first, then yours.",
        ),
        (
            "columns:\n  sentiment: a",
            "text-classification",
            "line 2, 'columns.sentiment': expected a column of text-classification: text, label, text_pair; "
            "found 'sentiment'. Did you mean 'label'? The task's name stands first, then yours.",
        ),
        (
            "hyperparameters:\n  label_smoothing_factor: 0.1",
            "regression",
            "line 2, 'hyperparameters.label_smoothing_factor': expected 0: only one label out of several can be "
            "smoothed; found 0.1 for text-classification/regression. Remove it.",
        ),
        (
            "compute:\n  instance_count: 2",
            "question-answering",
            "line 2, 'compute.instance_count': expected 1: Traindrop's own training runs on one instance, and "
            "each more would train the same again; found 2. Choose an instance type with more GPUs, such as "
            "ml.g5.12xlarge: all of them are used.",
        ),
    ],
)
def test_what_the_task_cannot_do_is_refused(text: str, task: str, message: str) -> None:
    assert problems(text, task) == [f"traindrop.yaml, {message}"]


@pytest.mark.parametrize(
    ("text", "task"),
    [
        (
            "hyperparameters: {lora: true, num_beams: 3}\ngate: {metric: rougeL}",
            "summarization",
        ),
        ("hyperparameters: {lora: true}", "ner"),
        (
            "hyperparameters: {lora: false, doc_stride: 32, label_smoothing_factor: 0.1}",
            "text-classification",
        ),
        ("compute: {instance_count: 1}\ncolumns: {tokens: words, tags: BIO}", "ner"),
    ],
)
def test_what_it_can_do_or_does_not_use_is_not(text: str, task: str) -> None:
    assert problems(text, task) == []


def test_every_task_can_be_judged_by_its_own_metric_and_mapped_by_its_own_columns() -> (
    None
):
    for task in every_variant():
        columns = {column.name: column.name.upper() for column in task.columns}
        assert (
            unfit(
                Options(columns=columns, gate={"metric": task.metric}),
                task,
                "traindrop.yaml",
            )
            == []
        )


def test_metrics_of_which_less_is_better_are_known() -> None:
    metrics = {metric for task in every_variant() for metric in task.metrics}
    assert metrics >= LESS_IS_BETTER
    assert metrics - LESS_IS_BETTER == {
        *(
            "accuracy",
            "macro_f1",
            "micro_f1",
            "subset_accuracy",
            "pearson",
            "spearman",
            "f1",
            "precision",
            "recall",
        ),
        *(
            "token_accuracy",
            "exact_match",
            "rouge1",
            "rouge2",
            "rougeL",
            "bleu",
            "chrf",
            "top_1",
        ),
    }


def test_a_script_of_the_users_own_searches_by_itself() -> None:
    problems = parse(b"search: {trials: 3}", "traindrop.yaml", free=True)
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [
        "traindrop.yaml, line 1, 'search': expected none beside code/train.py, which decides itself what it tries; "
        "found search. Remove search, or the script."
    ]
