"""Rare classes weigh more, and the rows one on average."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.fine_tuning.class_weights import POWERS, WeightedLoss, class_weights
from training.fine_tuning.collapse import ConstantAnswer

UNEVEN = [0] * 90 + [1] * 9 + [2]


@pytest.mark.parametrize("power", POWERS.values())
def test_the_rows_weigh_one_on_average(power: float) -> None:
    weights = class_weights(UNEVEN, 3, power)
    assert weights[UNEVEN].mean() == pytest.approx(1)
    assert list(weights) == sorted(weights)


def test_balanced_classes_weigh_alike_in_sum() -> None:
    weights = class_weights(UNEVEN, 3, 1.0)
    assert weights * np.bincount(UNEVEN) == pytest.approx(100 / 3)


def test_root_weighs_by_the_root() -> None:
    weights = class_weights(UNEVEN, 3, 0.5)
    ratio = weights[2] / weights[0]
    assert ratio == pytest.approx(90**0.5)


def test_even_classes_have_the_plain_loss() -> None:
    logits, labels = torch.randn(4, 2), torch.tensor([0, 1, 1, 0])
    weighted_loss = WeightedLoss(class_weights([0, 1], 2, 1.0))
    loss = weighted_loss({"logits": logits}, labels)
    plain = torch.nn.functional.cross_entropy(logits, labels)
    assert loss.item() == pytest.approx(plain.item())


def test_batches_of_one_step_add_up_to_its_loss() -> None:
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 0, 1])
    loss = WeightedLoss(class_weights(UNEVEN, 3, 0.5))
    first = loss({"logits": logits[:2]}, labels[:2], 6)
    second = loss({"logits": logits[2:]}, labels[2:], 6)
    whole = loss({"logits": logits}, labels)
    assert (first + second).item() == pytest.approx(whole.item())


def test_a_class_that_no_row_shows_has_a_weight() -> None:
    weights = class_weights([0, 0, 1], 4, 1.0)
    assert np.isfinite(weights).all()


def test_the_best_constant_answer_is_that_of_the_weighted_loss() -> None:
    weights = class_weights(UNEVEN, 3, 1.0)
    constant = ConstantAnswer(np.array(UNEVEN), weights)
    labels = torch.tensor(UNEVEN)
    loss = WeightedLoss(weights)({"logits": torch.zeros(100, 3)}, labels)
    assert constant.loss(labels).item() == pytest.approx(loss.item(), abs=1e-5)
