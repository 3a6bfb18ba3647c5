"""A few steps of training, without a job around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from tasks import Row
from tasks.hyperparameters import Hyperparameters
from training.fine_tuning.adapters import merged, with_adapters
from training.fine_tuning.freezing import freeze_lowest_layers
from training.recipes.base import AnyRecipe


def prepared(
    recipe: AnyRecipe, model: Any, tokenizer: Any, arguments: Hyperparameters
) -> Any:
    """The model as it is trained."""
    recipe.trainer.prepare(model, tokenizer, arguments)
    freeze_lowest_layers(model, arguments)
    return with_adapters(model, arguments)


def learn(
    recipe: AnyRecipe,
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    arguments: Hyperparameters,
) -> tuple[Any, list[float]]:
    """The model as it would be saved, and the loss of each step; every step sees all rows."""
    model = prepared(recipe, model, tokenizer, arguments)
    batch = recipe.trainer.collator(tokenizer, None, arguments)(
        recipe.trainer.encode(tokenizer, rows, arguments)
    )
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=arguments.learning_rate
    )
    losses = []
    model.train()
    for _ in range(int(arguments.epochs)):
        loss = recipe.trainer.loss(model, batch)
        loss = model(**batch).loss if loss is None else loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return recipe.trainer.finish(merged(model)).eval(), losses
