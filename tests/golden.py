"""Golden files: texts that tests compare word for word. `pytest --update-golden` writes them anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CheckGolden = Callable[[str, str], None]
"""Takes the name of a file in the folder `golden` beside the test, and the text that it should hold."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files instead of comparing them",
    )


@pytest.fixture
def check_golden(request: pytest.FixtureRequest) -> CheckGolden:
    folder = request.path.parent / "golden"
    update: bool = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        path = folder / name
        if update:
            folder.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        expected = path.read_text("utf-8") if path.is_file() else ""
        assert text == expected, (
            f"{path} differs; if the new text is right: pytest --update-golden, then git diff"
        )

    return check
