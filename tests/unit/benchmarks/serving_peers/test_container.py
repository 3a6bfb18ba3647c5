from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.serving_peers import container as peer
from benchmarks.serving_peers.container import PeerError, container


def test_ports_it_would_refuse_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(PeerError) as caught, container(tmp_path, 40_000):
        pass
    assert str(caught.value) == (
        "expected a port up to 32767, as the container's server does; found 40000. Choose one."
    )


def test_missing_environment_says_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "PEERS", tmp_path)
    with (
        pytest.raises(
            PeerError, match=r"found nothing\. Run: make \.venv-peers/\.ready$"
        ),
        container(tmp_path, 20_000),
    ):
        pass


def test_missing_java_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "PEERS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        PeerError, match=r"Install the Debian package default-jre-headless\.$"
    ):
        peer.java_home()
