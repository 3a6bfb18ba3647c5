"""The `context` argument of hooks, with the interface it has in the container's model server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path


class RequestProcessor:
    """The request's headers, and those of the response."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self.response_headers: dict[str, str] = {}
        self.response_status: tuple[int, str] = (200, "")

    def get_request_properties(self) -> dict[str, str]:
        return self._headers

    def get_request_property(self, key: str) -> str | None:
        """The header of this name, whatever its case."""
        for name, value in self._headers.items():
            if name.lower() == key.lower():
                return value
        return None

    def add_response_property(self, key: str, value: str) -> None:
        self.response_headers[key] = value

    def report_status(self, code: int, reason_phrase: str | None = None) -> None:
        self.response_status = (code, reason_phrase or "")


class Metrics:
    """Drops the metrics that hooks count: this server writes none of theirs."""

    def _ignore(self, name: str, value: object, *_: object, **__: object) -> None:
        return None

    add_counter = add_time = add_size = add_percent = add_error = add_metric = _ignore


class Context:
    """One per request; the one `model_fn` gets has no headers."""

    def __init__(
        self, model_dir: Path, headers: Mapping[str, str] | None = None
    ) -> None:
        self.model_name = "model"
        self.manifest: dict[str, object] = {}
        self.system_properties: dict[str, object] = {
            "model_dir": str(model_dir),
            "gpu_id": 0,
            "batch_size": 1,
            "server_name": "traindrop",
        }
        self.request_processor = [RequestProcessor(headers or {})]
        self.request_ids = {0: uuid.uuid4().hex}
        self.metrics = Metrics()

    def get_request_id(self, idx: int = 0) -> str | None:
        return self.request_ids.get(idx)

    def get_request_header(self, idx: int, key: str) -> str | None:
        return self.request_processor[idx].get_request_property(key)

    def get_all_request_header(self, idx: int) -> dict[str, str]:
        return self.request_processor[idx].get_request_properties()

    def get_response_headers(self, idx: int) -> dict[str, str]:
        return self.request_processor[idx].response_headers

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        self.request_processor[idx].add_response_property(key, value)

    def set_response_content_type(self, idx: int, value: str) -> None:
        self.set_response_header(idx, "content-type", value)

    def get_response_content_type(self, idx: int) -> str | None:
        return self.get_response_headers(idx).get("content-type")

    def set_response_status(
        self, code: int = 200, phrase: str = "", idx: int = 0
    ) -> None:
        self.request_processor[idx].report_status(code, phrase)

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        self.set_response_status(code, phrase)

    def get_response_status(self, idx: int) -> tuple[int, str]:
        return self.request_processor[idx].response_status
