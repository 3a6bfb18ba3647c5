"""The logs in memory."""

from __future__ import annotations

from collections.abc import Iterable

from functions.adapters.logs import Logs


class MemoryLogs(Logs):
    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.lines = list(lines)
        self.calls: list[str] = []

    def stream_of_job(self, job: str) -> str:
        self.calls.append("stream_of_job")
        return f"{job}/algo-1-1" if self.lines else ""

    def latest(self, stream: str, lines: int = 50) -> list[str]:
        self.calls.append("latest")
        return self.lines[-lines:]

    def of_job(self, job: str, lines: int = 30) -> list[str]:
        return self.lines[-lines:]

    def of_endpoint(self, endpoint: str, lines: int = 30) -> list[str]:
        return self.lines[-lines:]

    def delete_of_job(self, job: str) -> None:
        self.calls.append(f"delete_of_job {job}")

    def delete_of_endpoint(self, endpoint: str) -> None:
        self.calls.append(f"delete_of_endpoint {endpoint}")

    def of_transform(self, job: str, about: str = "") -> str:
        return " ".join(line for line in self.lines if about in line)

    def delete_of_transform(self, job: str) -> None:
        self.calls.append(f"delete_of_transform {job}")
