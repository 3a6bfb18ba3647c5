from __future__ import annotations

import os

import pytest

from training.common import thread_settings


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in thread_settings.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    thread_settings.apply()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    others = thread_settings.SETTINGS.keys() - {"OMP_WAIT_POLICY"}
    assert {name: os.environ[name] for name in others} == {
        name: thread_settings.SETTINGS[name] for name in others
    }
    for name in thread_settings.SETTINGS:
        monkeypatch.delenv(name)
