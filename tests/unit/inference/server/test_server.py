from __future__ import annotations

from pathlib import Path

import pytest

from inference.model.environment import Environment
from inference.server.server import parse_arguments


def test_options_stand_before_the_environment() -> None:
    environment = Environment(port=9000)
    options = parse_arguments([], environment)
    assert (options.port, options.host, options.model) == (
        9000,
        "127.0.0.1",
        Path("/opt/ml/model"),
    )
    options = parse_arguments(
        ["--port", "1", "--model", "m", "--strict", "serve"], environment
    )
    assert (options.port, options.model, options.strict) == (1, Path("m"), True)


def test_another_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["train"], Environment.read({}))
    assert "invalid choice: 'train' (choose from" in capsys.readouterr().err
