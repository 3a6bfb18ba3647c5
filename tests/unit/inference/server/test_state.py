from __future__ import annotations

import asyncio

import pytest

from inference.server import state as states
from inference.server.state import ServerState


def test_a_body_that_does_not_come_in_time_is_given_up() -> None:
    async def wait() -> None:
        async with ServerState().body_timeout(0.01):
            await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_draining_shortens_the_time_of_bodies_on_their_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(states, "DRAIN_BODY_SECONDS", 0.01)
    state = ServerState()

    async def wait() -> None:
        async with state.body_timeout(60):
            state.drain()
            await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    assert (state.draining, state.headers, state.body_timeouts) == (
        True,
        {"Connection": "close"},
        set(),
    )


def test_a_server_without_a_model_is_not_healthy() -> None:
    assert not ServerState().healthy
