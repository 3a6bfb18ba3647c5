"""Adapters of the tasks that write texts, on a tiny encoder and decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from functions.logic.options.fitting import ADAPTED_FAMILIES
from tasks import every_form, get_task
from tests.tiny_models import build_t5
from training.arguments import resolve
from training.base_model import load_base
from training.batching import Encoded
from training.device import Device
from training.fine_tuning import Plan, build_trainer, training_arguments
from training.places import Places
from training.tasks import Recipe, recipe_of

ROWS = [{"text": f"film {number} good", "summary": "good"} for number in range(8)]


def test_settings_files_allow_adapters_where_recipes_train_them() -> None:
    adapted = {task.family for task in every_form() if type(recipe_of(task)).merged is not Recipe.merged}
    assert adapted == ADAPTED_FAMILIES


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # peft's own call
@pytest.mark.parametrize("more", [{}, {"gradient_checkpointing": True}], ids=["plain", "checkpointed"])
def test_the_merged_model_says_what_the_adapted_one_says(tmp_path: Path, more: dict[str, Any]) -> None:
    recipe = recipe_of(get_task("summarization"))
    rows = [dict(zip((column.name for column in recipe.task.columns), row.values(), strict=True)) for row in ROWS]
    arguments = resolve({"lora": True, "max_steps": 4, "lr": 0.05, "train_batch_size": 4, **more}, {})
    model, tokenizer = load_base(recipe, str(build_t5(tmp_path / "base")), [])
    model = recipe.prepare(model, tokenizer, arguments)
    assert all("lora_" in name for name, weight in model.named_parameters() if weight.requires_grad)

    train, collate = Encoded(recipe.encode(tokenizer, rows, [], arguments)), recipe.collator(tokenizer, None, arguments)
    places = Places.read({"SM_MODEL_DIR": str(tmp_path / "model")})
    device, plan = Device("cpu", False, {"use_cpu": True}), Plan.of(arguments, len(rows), 1)
    settings = training_arguments(arguments, places, device, plan, None)
    trainer = build_trainer(model, settings, collate, recipe, train=train, validation=None)
    trainer.train()
    assert trainer.state.global_step == 4
    assert any(weight.abs().sum() > 0 for name, weight in model.named_parameters() if "lora_B" in name)

    batch = collate([train[0], train[1]])
    with torch.inference_mode():
        adapted = model.eval()(**batch).logits
        plain = recipe.merged(model).eval()
        assert torch.allclose(adapted, plain(**batch).logits, atol=1e-4)
    assert type(plain).__name__ == "T5ForConditionalGeneration"
