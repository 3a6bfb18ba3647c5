from __future__ import annotations

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from tasks import Row, get_task
from tasks.schedule import Schedule
from tests.tiny_models import build_t5
from tests.unit.training.recipes.learning import learn, prepared
from training.common.errors import HyperparameterError
from training.fine_tuning.adapters import merged, with_adapters
from training.fine_tuning.batching import EncodedRows
from training.fine_tuning.device import Device
from training.fine_tuning.trainer import build_trainer
from training.fine_tuning.training_arguments import training_arguments
from training.inputs.base_model import load_base
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)
"""peft still asks transformers by the old name."""

ARGUMENTS = resolve(
    {
        "lora": True,
        "epochs": 8,
        "learning_rate": 3e-3,
        "max_length": 32,
        "lora_dropout": 0.0,
    },
    {},
)
ROWS = [{"text": f"film {number} good", "summary": "good"} for number in range(8)]
CASES: list[tuple[str, str, str, Row, list[str]]] = [
    (
        "text-classification",
        "",
        "bert",
        {"text": "good film", "label": "b"},
        ["a", "b"],
    ),
    (
        "text-classification",
        "regression",
        "bert",
        {"text": "good film", "score": 3.5},
        [],
    ),
    (
        "token-classification",
        "",
        "bert",
        {"tokens": ["good"], "tags": ["B-a"]},
        ["B-a", "O"],
    ),
    (
        "question-answering",
        "",
        "bert",
        {"question": "a", "context": "b c", "answers": [{"text": "c", "start": 2}]},
        [],
    ),
    ("fill-mask", "", "masked_bert", {"text": "the council met"}, []),
    (
        "feature-extraction",
        "",
        "bert",
        {"text": "good", "text_pair": "bad", "score": 0.9},
        [],
    ),
    (
        "text-generation",
        "completion",
        "llama",
        {"prompt": "open", "completion": "the file"},
        [],
    ),
    ("translation", "", "t5", {"source": "open", "target": "close"}, []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}".strip())
def test_only_adapters_and_new_heads_learn_and_the_merged_model_answers_alike(
    case: tuple[str, str, str, Row, list[str]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    name, variant, base, row, labels = case
    source, recipe = (
        request.getfixturevalue(base),
        recipe_of(get_task(name, variant), labels),
    )
    tokenizer, model = (
        AutoTokenizer.from_pretrained(source),
        recipe.trainer.load_model(str(source)),
    )
    before = {key: value.clone() for key, value in model.state_dict().items()}
    trained, losses = learn(recipe, model, tokenizer, [row], ARGUMENTS)
    assert min(losses[1:]) < losses[0]
    assert set(trained.state_dict()) == set(before), "nothing of the adapters is left"
    changed = {
        key
        for key, value in trained.state_dict().items()
        if not torch.equal(value, before[key])
    }
    embeddings = {
        key
        for key in before
        if "embed" in key or "norm" in key.lower() or "shared" in key
    }
    assert changed
    assert not changed & embeddings
    trained.save_pretrained(tmp_path)
    again = type(trained).from_pretrained(tmp_path).eval()
    assert _numbers(
        recipe.trainer.predict(again, tokenizer, [row], ARGUMENTS)
    ) == pytest.approx(
        _numbers(recipe.trainer.predict(trained, tokenizer, [row], ARGUMENTS)), abs=1e-5
    )


def _numbers(value: Any) -> list[float]:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return [number for piece in value.values() for number in _numbers(piece)]
    if isinstance(value, list | tuple | np.ndarray):
        return [number for piece in value for number in _numbers(piece)]
    return [] if isinstance(value, str) or value is None else [float(value)]


def test_few_weights_are_trained(llama: Path) -> None:
    recipe = recipe_of(get_task("text-generation"), ())
    model = with_adapters(recipe.trainer.load_model(str(llama)), ARGUMENTS)
    trained = {
        name for name, weight in model.named_parameters() if weight.requires_grad
    }
    assert trained
    assert all(".lora_" in name for name in trained)


def test_without_lora_the_model_stays_as_it_is(llama: Path) -> None:
    recipe = recipe_of(get_task("text-generation"), ())
    model = recipe.trainer.load_model(str(llama))
    assert with_adapters(model, resolve({}, {})) is model
    assert merged(model) is model


@pytest.mark.parametrize("lora", [True, False])
def test_four_bits_are_refused(lora: bool) -> None:
    with pytest.raises(HyperparameterError) as raised:
        with_adapters(None, resolve({"lora": lora, "load_in_4bit": True}, {}))
    assert str(raised.value) == (
        "hyperparameter load_in_4bit: expected false; found true. Weights in 4 bits are not supported: leave it out."
    )


@pytest.mark.parametrize(
    "more", [{}, {"gradient_checkpointing": True}], ids=["plain", "checkpointed"]
)
def test_the_trainer_trains_adapters_and_the_merged_model_says_what_the_adapted_one_says(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    recipe = recipe_of(get_task("summarization"), ())
    rows = [
        dict(
            zip(
                (column.name for column in recipe.task.columns),
                row.values(),
                strict=True,
            )
        )
        for row in ROWS
    ]
    arguments = resolve(
        {"lora": True, "max_steps": 4, "lr": 0.05, "train_batch_size": 4, **more}, {}
    )
    model, tokenizer = load_base(recipe.trainer, str(build_t5(tmp_path / "base")))
    model = prepared(recipe, model, tokenizer, arguments)
    assert all(
        "lora_" in name
        for name, weight in model.named_parameters()
        if weight.requires_grad
    )

    train = EncodedRows(recipe.trainer.encode(tokenizer, rows, arguments))
    collate = recipe.trainer.collator(tokenizer, None, arguments)
    device, schedule = (
        Device("cpu", None, {"use_cpu": True}),
        Schedule.of(arguments, len(rows), 1),
    )
    settings = training_arguments(
        arguments, tmp_path / "checkpoints", device, schedule, None
    )
    trainer = build_trainer(
        model, settings, collate, recipe.trainer, train=train, validation=None
    )
    trainer.train()
    assert trainer.state.global_step == 4
    assert any(
        weight.abs().sum() > 0
        for name, weight in model.named_parameters()
        if "lora_B" in name
    )

    batch = collate([train[0], train[1]])
    with torch.inference_mode():
        adapted = model.eval()(**batch).logits
        plain = merged(model).eval()
        assert torch.allclose(adapted, plain(**batch).logits, atol=1e-4)
    assert type(plain).__name__ == "T5ForConditionalGeneration"
