"""What is wrong with a drop, in the words that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

_SETTINGS_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Choice:
    """One way to settle what a drop leaves open."""

    meaning: str
    """What Traindrop then does, for example `learns the labels in 'stance'`."""
    settings: str
    """The lines for traindrop.yaml, ready to copy, without a line break at the end."""


def _choice_text(choice: Choice) -> str:
    lines = "".join(f"\n    {line}" for line in choice.settings.splitlines())
    return f"  traindrop.yaml that {choice.meaning}:{lines}"


@dataclass(frozen=True)
class Problem:
    """Why a drop was refused. `expected`, `found` and `remedy` are clauses.

    Of a settings file `row` is a line and `column` a dotted key.

    With `choices` the drop can be read in more than one way, and its owner is asked: each choice settles it.
    """

    expected: str
    found: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def location(self) -> str:
        is_table = not (self.file or "").endswith(_SETTINGS_ENDINGS)
        row_word, column_word = ("row", "column ") if is_table else ("line", "")
        places = []
        if self.file:
            places.append(self.file)
        if self.row:
            places.append(f"{row_word} {self.row}")
        if self.column:
            places.append(f"{column_word}{self.column!r}")
        return ", ".join(places)

    def __str__(self) -> str:
        """A sentence; each choice follows on lines of its own."""
        where = f"{self.location}: " if self.location else ""
        sentence = f"{where}expected {self.expected}; found {self.found}. {self.remedy}"
        return "\n".join([sentence, *(_choice_text(choice) for choice in self.choices)])
