from __future__ import annotations

from typing import Any, cast

import torch

from inference.predictors.slot_cache import SlotCache


class Model:
    device = torch.device("cpu")


def filled() -> SlotCache:
    """Two slots with 3 tokens each, of which the value is ten times the slot and the position."""
    cache = SlotCache(cast(Any, Model()), 1)
    for slot in range(2):
        states = torch.tensor([10.0 * slot + n for n in range(3)]).view(1, 1, 3, 1)
        cache.write_prompt(slot, 3)
        cache.update(states, states, 0)
    return cache


def test_a_pass_sees_the_tokens_of_each_slot_and_its_own() -> None:
    cache = filled()
    cache.write_tokens(torch.tensor([3, 3]), 4)
    new = torch.tensor([[99.0], [98.0]]).view(2, 1, 1, 1)
    keys, _ = cache.update(new, new, 0)
    assert keys[:, 0, :, 0].tolist() == [[0, 1, 2, 99], [10, 11, 12, 98]]


def test_a_wider_buffer_keeps_what_is_stored_and_becomes_narrow_again() -> None:
    cache = filled()
    cache.fit(2, 500)
    assert cache.width == 512
    cache.fit(2, 300)
    assert cache.width == 512
    cache.fit(2, 100)
    assert cache.width == 128
    cache.write_tokens(torch.tensor([3, 3]), 4)
    new = torch.zeros(2, 1, 1, 1)
    keys, _ = cache.update(new, new, 0)
    assert keys[:, 0, :3, 0].tolist() == [[0, 1, 2], [10, 11, 12]]


def test_a_moved_slot_is_read_in_its_new_place() -> None:
    cache = filled()
    cache.move(1, 0, 3)
    cache.write_tokens(torch.tensor([3]), 4)
    new = torch.zeros(1, 1, 1, 1)
    keys, _ = cache.update(new, new, 0)
    assert keys[0, 0, :3, 0].tolist() == [10, 11, 12]
