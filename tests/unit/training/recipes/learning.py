"""A few steps of training, without a job around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from tasks import Row
from tasks.arguments import Arguments
from training.recipes import Recipe


def learn(
    recipe: Recipe, model: Any, tokenizer: Any, data: tuple[Sequence[Row], Sequence[str]], arguments: Arguments
) -> tuple[Any, list[float]]:
    """The model as it would be saved, and the loss of each step; every step sees all rows."""
    model = recipe.prepare(model, tokenizer, arguments)
    batch = recipe.collator(tokenizer, None, arguments)(recipe.encode(tokenizer, *data, arguments))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=arguments.learning_rate)
    losses = []
    model.train()
    for _ in range(int(arguments.epochs)):
        loss = recipe.loss(model, batch)
        loss = model(**batch).loss if loss is None else loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return recipe.merged(model).eval(), losses
