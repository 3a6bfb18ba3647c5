"""Why the engine cannot start, in a sentence."""

from __future__ import annotations


class EngineStartError(RuntimeError):
    """The engine cannot run here: its port, its state folder or what it saved there is in the way."""
