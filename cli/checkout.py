"""Where Traindrop's repository lies: what starts the local cloud or deploys a stack needs its sources and set-up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError
from cli.memory import recall, remember

_MARKS = ("template.yaml", "localcloud/__main__.py", "Makefile")


@dataclass(frozen=True)
class Checkout:
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    @property
    def is_set_up(self) -> bool:
        """Whether `make setup` has come to its end."""
        environments = (self.folder / ".venv", self.folder / ".venv-aws")
        return all((folder / ".ready").is_file() for folder in environments)

    def require_set_up(self) -> Checkout:
        """Raises `CommandError`."""
        if not self.is_set_up:
            raise CommandError(
                f"expected the set-up of {self.folder} (PyTorch, the SAM CLI); found none. "
                f"Do once, for two to six minutes: make -C {self.folder} setup"
            )
        return self


def is_checkout(folder: Path) -> bool:
    return all((folder / mark).is_file() for mark in _MARKS)


def find_checkout(folder: Path | None = None) -> Checkout:
    """The one of the working directory or above it, or that this module lies in, or the one used last.

    Raises `CommandError`.
    """
    place = (folder or Path.cwd()).resolve()
    own = Path(__file__).resolve().parents[1]
    remembered = recall().checkout
    candidates = [place, *place.parents, own]
    if remembered:
        candidates.append(Path(remembered))
    for candidate in candidates:
        if is_checkout(candidate):
            remember(checkout=str(candidate))
            return Checkout(candidate)
    raise CommandError(
        "expected a checkout of Traindrop's repository here or above; found none. Clone it, go there, and run: "
        "make setup; then call this command there once: it remembers the place."
    )
