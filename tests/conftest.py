"""What holds for every test process, each worker of pytest-xdist included."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from functools import cache

import httpx
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.forkserver import remove_environments
from tests.golden import check_golden, pytest_addoption

__all__ = ["check_golden", "pytest_addoption"]

ONE_CLOUD = "tests/e2e/"
"""The folder whose tests share one deployed stack and come in an order: one worker runs them all."""

LONG = ("tests/integration/training/", "tests/integration/localcloud/")
"""What begins right after those."""

SEPARATE = frozenset(
    f"tests/integration/training/test_{name}.py"
    for name in ("forms", "resume_points", "explained", "user_script")
)
"""Files of long tests that share nothing but a tiny model: each goes to a worker that is free."""

# The models of the tests are tiny: a second thread costs more than it brings, and workers share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# httpx reads all certificates for each call that is made without a client: 40 ms, which waiting tests make in a loop.
pytest.MonkeyPatch().setattr(
    "httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)
)

# No deadline: how long an example takes says more of the machine than of the code.
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile(
    "ci", max_examples=33, derandomize=True, database=None, deadline=None
)
settings.register_profile("thorough", max_examples=400, deadline=None)
settings.load_profile("ci")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that collection makes is garbage: libraries, modules of tests, the tests themselves.

    Looking for garbage among them takes a sixth of the time, here and at each later look.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: the tests of the deployed stack keep one worker busy most of the time."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    items.sort(key=lambda item: not item.nodeid.startswith(ONE_CLOUD))


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file stay in one worker, but for long ones, and so do all tests of the deployed stack.

    `--dist loadgroup` would do it, but xdist 3.8 writes the groups where pytest 9.2 no longer reads them.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path in SEPARATE:
            return nodeid
        return ONE_CLOUD if path.startswith(ONE_CLOUD) else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FileScheduling:
    return FileScheduling(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        remove_environments()
