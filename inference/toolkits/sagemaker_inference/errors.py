"""What the decoder and the encoder raise."""

from __future__ import annotations


class UnsupportedFormatError(Exception):
    """There is no decoder or encoder of a content type."""

    def __init__(self, content_type: str) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework. "
            "Write an input_fn that reads the request, or an output_fn that writes the answer."
        )


class BaseInferenceToolkitError(Exception):
    """Scripts raise it or a class of their own below it."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(status_code, message, phrase)
        self.status_code, self.message, self.phrase = status_code, message, phrase


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    def __init__(
        self, status_code: int, message: str | None = None, phrase: str | None = None
    ) -> None:
        message = message or "Invalid Request"
        super().__init__(status_code, message, phrase or message)
