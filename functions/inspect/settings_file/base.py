"""What a settings file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.problems import Problem

FILE_NAMES = ("traindrop.yaml", "traindrop.yml")


@dataclass(frozen=True)
class Hub:
    """A model of the Hugging Face Hub that is deployed as it is. `token_secret` names a Secrets Manager secret."""

    model_id: str
    task: str | None = None
    revision: str | None = None
    token_secret: str | None = None

    def problem(self, stack: str) -> Problem | None:
        """What is wrong with the secret's name: the stack's roles read only secrets whose names begin with its own."""
        if self.token_secret is None or self.token_secret.startswith(f"{stack}/"):
            return None
        name = self.token_secret.rpartition("/")[2] or "hub-token"
        return Problem(
            f"the name of a secret that begins with '{stack}/'",
            repr(self.token_secret),
            f"Store the token in a secret such as '{stack}/{name}', which this stack's roles can read, and name that.",
            column="hub.token_secret",
        )


@dataclass(frozen=True)
class Options:
    """Settings by Traindrop's own names; whatever is None or missing is left to the stack and the task.

    `columns` are canonical names -> the user's; `lines` are dotted keys -> their line in the file, from 1.
    """

    task: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    base_model: str | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    compute: dict[str, Any] = field(default_factory=dict)
    deployment: dict[str, Any] = field(default_factory=dict)
    serving: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    hub: Hub | None = None
    example: Any | None = None
    lines: dict[str, int] = field(default_factory=dict)

    def problem(
        self, key: str, expected: str, actual: str, remedy: str, file: str | None = None
    ) -> Problem:
        """A problem at a dotted key, with its line; a key that is not in the file has its parent's line."""
        row = self.lines.get(key) or self.lines.get(key.rpartition(".")[0])
        return Problem(expected, actual, remedy, file, row, key)


NONE = Options()
