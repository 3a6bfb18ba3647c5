"""What was sent, kept in memory."""

from __future__ import annotations

from typing import Any

from functions.adapters.notifications import Message, Notifications


class Outbox(Notifications):
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.details: list[dict[str, Any]] = []

    def publish(self, message: Message) -> None:
        self.messages.append(message)

    def announce(self, detail: dict[str, Any]) -> None:
        self.details.append(detail)
