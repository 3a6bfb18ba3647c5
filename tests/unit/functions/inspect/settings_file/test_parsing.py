from __future__ import annotations

import pytest

from functions.inspect.settings_file import NONE, Hub, Options, parse

FILE = "traindrop.yaml"


def settings(text: str) -> Options:
    result = parse(text.encode(), FILE)
    assert isinstance(result, Options), result
    return result


def refusals(text: str) -> list[str]:
    result = parse(text.encode(), FILE)
    assert isinstance(result, list), result
    return [str(problem) for problem in result]


def test_what_is_not_said_is_left_open() -> None:
    result = settings("task: ner\n")
    assert result == Options(task="ner", lines={"task": 1})
    assert (NONE.task, NONE.columns, NONE.hub, NONE.lines) == (None, {}, None, {})


def test_every_section_is_read() -> None:
    result = settings(
        "task: text-classification\n"
        "columns:\n  text: Review Body\n  label: stars\n"
        "base_model: org/model\n"
        "hyperparameters:\n  epochs: 3\n  optim: adafactor\n"
        "compute:\n  instance_type: ml.g5.xlarge\n  spot: yes\n"
        "deployment:\n  mode: serverless\n  memory_mb: 4096\n"
        "serving: {engine: auto, precision: auto, max_metric_loss: 0.002}\n"
        "gate: {metric: macro_f1, min_gain: 0.05, approval: required, approval_days: 2}\n"
        "example: {inputs: [null, 1.5, 2024-01-01]}\n"
    )
    assert result.task == "text-classification"
    assert result.columns == {"text": "Review Body", "label": "stars"}
    assert result.base_model == "org/model"
    assert result.hyperparameters == {"epochs": 3, "optim": "adafactor"}
    assert result.compute == {"instance_types": ["ml.g5.xlarge"], "spot": True}
    assert result.deployment == {"mode": "serverless", "memory_mb": 4096}
    assert result.serving == {
        "engine": "auto",
        "precision": "auto",
        "max_metric_loss": 0.002,
    }
    assert result.gate == {
        "metric": "macro_f1",
        "min_gain": 0.05,
        "approval": "required",
        "approval_days": 2,
    }
    assert result.example == {"inputs": [None, 1.5, "2024-01-01"]}
    assert result.hub is None
    assert (
        result.lines["columns.label"],
        result.lines["hyperparameters.optim"],
        result.lines["gate.min_gain"],
    ) == (
        4,
        8,
        16,
    )


def test_a_hub_model_is_read() -> None:
    result = settings(
        "hub:\n  model_id: org/model\n  task: ner\n  revision: 1e10\n  token_secret: traindrop/token\n"
    )
    assert result.hub == Hub("org/model", "ner", "1e10", "traindrop/token")


def test_the_names_of_tutorials_are_ours() -> None:
    result = settings(
        "hyperparameters:\n"
        "  epochs: 1\n  per_device_train_batch_size: 32\n  model_name_or_path: distilbert-base-uncased\n  lr: 5e-5\n"
    )
    assert result.base_model == "distilbert-base-uncased"
    assert result.hyperparameters == {
        "epochs": 1,
        "train_batch_size": 32,
        "learning_rate": 5e-5,
    }
    assert (
        result.lines["hyperparameters.train_batch_size"]
        == result.lines["hyperparameters.per_device_train_batch_size"]
        == 3
    )


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("instance_count: 2", "realtime"),
        ("max_concurrency: 2", "serverless"),
        ("{mode: realtime, instance_count: 2}", "realtime"),
    ],
)
def test_the_mode_is_told_by_the_settings_that_only_it_has(
    text: str, mode: str
) -> None:
    text = text if text.startswith("{") else f"{{{text}}}"
    assert settings(f"deployment: {text}").deployment["mode"] == mode


@pytest.mark.parametrize(
    "name",
    ["Text_Classification", "sentiment-analysis", "token-classification/spans", "NER"],
)
def test_a_task_has_many_names(name: str) -> None:
    assert settings(f"task: {name}").task == name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("5", "5"),
        ("1_000", "1_000"),
        ("true", "true"),
        ("2024-01-01", "2024-01-01"),
    ],
)
def test_a_text_is_what_is_written(text: str, value: str) -> None:
    assert settings(f"columns: {{text: {text}}}").columns == {"text": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("No", False), ("on", True), ("OFF", False), ("true", True)],
)
def test_booleans_are_written_in_many_ways(text: str, value: bool) -> None:
    assert settings(f"compute: {{spot: {text}}}").compute == {"spot": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-5", 5e-5),
        ("1E-4", 1e-4),
        (".5", 0.5),
        ("1", 1),
        ("+2.", 2.0),
        ("010", 10),
        ("1_0", 10),
    ],
)
def test_numbers_are_written_in_many_ways(text: str, value: float) -> None:
    assert settings(f"hyperparameters: {{learning_rate: {text}}}").hyperparameters == {
        "learning_rate": value
    }


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        (
            "hyperparameters:\n  learning_rat: 1\n",
            2,
            "'hyperparameters.learning_rat': expected a setting of hyperparameters; found "
            "'learning_rat', which there is not. Did you mean 'learning_rate'?",
        ),
        (
            "compute:\n\n  instance_typ: ml.g5.xlarge\n",
            3,
            "'compute.instance_typ': expected a setting of compute; found 'instance_typ', "
            "which there is not. Did you mean 'instance_type'?",
        ),
        (
            "learning_rate: 3\n",
            1,
            "'learning_rate': expected a setting; found 'learning_rate', which there is "
            "not. Write it under `hyperparameters:`, indented.",
        ),
        (
            "instance_type: ml.g5.xlarge\n",
            1,
            "'instance_type': expected a setting; found 'instance_type', which there is "
            "not. Write it under `compute:` or `deployment:`, indented.",
        ),
        (
            "hyperparameters:\n  task: ner\n",
            2,
            "'hyperparameters.task': expected a setting of hyperparameters; found 'task', "
            "which there is not. Write `task:` without indentation.",
        ),
        (
            "qqq: 1\n",
            1,
            "'qqq': expected a setting; found 'qqq', which there is not. Remove it; there "
            "are task, columns, labels, base_model, hyperparameters, compute, deployment, serving, gate, budget, "
            "search, hub, example.",
        ),
        (
            "hyperparameters:\n  output_dir: /opt/ml/model\n",
            2,
            "'hyperparameters.output_dir': expected a setting that is yours to make; found "
            "one that Traindrop decides: the model goes where the run's files go. Remove it.",
        ),
        (
            "hyperparameters:\n  save_strategy: no\n",
            2,
            "'hyperparameters.save_strategy': expected a setting that is yours to make; "
            "found one that Traindrop decides: checkpoints are made by time, as checkpoint_seconds says, and the best "
            "and the newest are kept. Remove it.",
        ),
        (
            "hyperparameters:\n  num_train_epochs: 1\n  epochs: 2\n",
            3,
            "'hyperparameters.epochs': expected one of 'hyperparameters.num_train_epochs' "
            "and 'hyperparameters.epochs', which mean the same; found both. Remove one.",
        ),
        (
            "base_model: a/b\nhyperparameters:\n  model_name: a/b\n",
            3,
            "'hyperparameters.model_name': expected one of 'base_model' and "
            "'hyperparameters.model_name', which mean the same; found both. Remove one.",
        ),
    ],
)
def test_a_key_that_is_none_is_refused_with_the_one_that_is(
    text: str, row: int, message: str
) -> None:
    assert refusals(text) == [f"traindrop.yaml, line {row}, {message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "task: sentimet-analysis",
            "'task': expected the name of a task; found \"sentimet-analysis\". Did you mean 'sentiment-analysis'?",
        ),
        (
            "hub: {model_id: a/b, task: sentiment}",
            "'hub.task': expected the name of a task; found \"sentiment\". Did you mean 'sentiment-analysis'?",
        ),
        (
            "hub: {task: ner}",
            "'hub.model_id': expected a Hub id such as distilbert/distilbert-base-uncased; found nothing. "
            "Add 'model_id'.",
        ),
        (
            "hub: {model_id: a b}",
            "'hub.model_id': expected a Hub id such as distilbert/distilbert-base-uncased; found \"a b\". Correct it.",
        ),
        (
            "task:",
            "'task': expected the name of a task; found null. Write a value after the colon, or remove the line.",
        ),
        (
            "compute:",
            "'compute': expected settings, each `key: value`, indented; found null. "
            "Write a value after the colon, or remove the line.",
        ),
        (
            "columns: [text]",
            "'columns': expected columns, each `name: your name`, indented; found a list of 1. Correct it.",
        ),
        (
            "compute: {spot: 'yes'}",
            "'compute.spot': expected true or false; found \"yes\". Remove the quotes.",
        ),
        (
            'compute: {volume_gb: "50"}',
            "'compute.volume_gb': expected a whole number of at least 5 and at most 1000; found \"50\". "
            "Remove the quotes.",
        ),
        (
            "compute: {volume_gb: many}",
            "'compute.volume_gb': expected a whole number of at least 5 and at most 1000; found \"many\". Correct it.",
        ),
        (
            "compute: {max_runtime_seconds: 2419201}",
            "'compute.max_runtime_seconds': expected a whole number of at least 60 and at most 2419200; found "
            "2419201. SageMaker lets no job run for more than 28 days.",
        ),
        (
            "compute: {max_runtime_seconds: 30}",
            "'compute.max_runtime_seconds': expected a whole number of at least 60 and at most 2419200; found "
            "30. Correct it.",
        ),
        (
            "compute: {instance_types: [ml.g5.xlarge, g5.xlarge]}",
            "'compute.instance_types[1]': expected an instance type such as ml.m5.xlarge; found \"g5.xlarge\". "
            "Correct it.",
        ),
        (
            "compute: {instance_types: []}",
            "'compute.instance_types': expected a list that is not empty, each an instance type such as "
            "ml.m5.xlarge; found []. Correct it.",
        ),
        (
            "hyperparameters: {epochs: true}",
            "'hyperparameters.epochs': expected a number of at least 0.001 and at most 10000; found true. Correct it.",
        ),
        (
            "hyperparameters: {seed: 1.5}",
            "'hyperparameters.seed': expected a whole number of at least 0 and at most 4294967295; found 1.5. "
            "Correct it.",
        ),
        (
            "hyperparameters: {eval_strategy: step}",
            '\'hyperparameters.eval_strategy\': expected one of "no", "steps", "epoch"; found "step". '
            "Did you mean 'steps'?",
        ),
        (
            "hyperparameters: {optim_target_modules: 5}",
            "'hyperparameters.optim_target_modules': expected a text or a list of these; found 5. Correct it.",
        ),
        (
            "hyperparameters: {bf16: 1}",
            "'hyperparameters.bf16': expected true or false; found 1. Correct it.",
        ),
        (
            "gate: {min_gain: 5}",
            "'gate.min_gain': expected a number from -1 to below 1, where 0.05 is five points; found 5. Correct it.",
        ),
        (
            "gate: {min_gain: .nan}",
            "'gate.min_gain': expected a number from -1 to below 1, where 0.05 is five points; found \".nan\". "
            "Correct it.",
        ),
        (
            "hyperparameters: {max_grad_norm: 1e999}",
            "'hyperparameters.max_grad_norm': expected a number of at least 0; found \"1e999\". Correct it.",
        ),
        (
            "deployment: {mode: asink}",
            '\'deployment.mode\': expected one of "serverless", "realtime", "async"; found "asink". '
            "Did you mean 'async'?",
        ),
        (
            "deployment: {memory_mb: 3000}",
            "'deployment.memory_mb': expected one of 1024, 2048, 3072, 4096, 5120, 6144; found 3000. "
            "Did you mean '3072'?",
        ),
        (
            "serving: {precision: int4}",
            '\'serving.precision\': expected one of "auto", "float32", "int8"; found "int4". Did you mean \'int8\'?',
        ),
        (
            "serving: {max_metric_loss: 2}",
            "'serving.max_metric_loss': expected a number from 0 to 1, where 0.005 is half a point; found 2. "
            "Correct it.",
        ),
        (
            "serving: {quantize: true}",
            "'serving.quantize': expected a setting of serving; found 'quantize', which there is not. Remove it; there "
            "are engine, precision, max_metric_loss.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_right(text: str, message: str) -> None:
    assert refusals(text) == [f"traindrop.yaml, line 1, {message}"]


def test_a_training_script_alone_knows_its_hyperparameters() -> None:
    given = (
        "{optim: 3, checkpoint_seconds: never, epochs: 1, num_epochs: no, fp16: yes}"
    )
    text = f"compute: {{spot: true}}\nhyperparameters: {given}"
    result = parse(text.encode(), FILE, free=True)
    assert isinstance(result, Options)
    assert result.hyperparameters == {
        "optim": 3,
        "checkpoint_seconds": "never",
        "epochs": 1,
        "num_epochs": False,
        "fp16": True,
    }
    assert refusals("hyperparameters: {optim: 3}")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    result = parse(
        b"task: x\ncompute:\n  spot: 3\n  volume: 5\ngate: 1\n", "traindrop.yml"
    )
    assert isinstance(result, list)
    assert [(problem.file, problem.row, problem.column) for problem in result] == [
        ("traindrop.yml", 1, "task"),
        ("traindrop.yml", 3, "compute.spot"),
        ("traindrop.yml", 4, "compute.volume"),
        ("traindrop.yml", 5, "gate"),
    ]


def test_a_secret_must_be_one_that_the_stack_may_read() -> None:
    assert Hub("a/b").problem("films") is None
    assert Hub("a/b", token_secret="films/token").problem("films") is None
    assert str(Hub("a/b", token_secret="hub/token").problem("films")) == (
        "column 'hub.token_secret': expected the name of a secret that begins with 'films/'; found 'hub/token'. Store "
        "the token in a secret such as 'films/token', which this stack's roles can read, and name that."
    )
