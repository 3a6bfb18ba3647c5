"""Content types: parameters, character sets, and which type an `Accept` header prefers.

This runs inside archives, in containers whose libraries are not ours to choose: so it needs no library.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass, field

from .errors import MalformedBodyError, NotAcceptableError, UnsupportedMediaTypeError

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
EVENT_STREAM = "text/event-stream"
IMAGES = tuple(
    f"image/{name}" for name in ("jpeg", "png", "tiff", "bmp", "gif", "webp", "x-image")
)
SOUNDS = tuple(f"audio/{name}" for name in ("x-flac", "mpeg", "wave", "ogg", "x-audio"))
ANY = "*/*"
TEXT_TYPES = (JSON, CSV)


@dataclass(frozen=True)
class MediaType:
    """`text/csv; charset=utf-8` taken apart; names are lower-case."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, header: str | None) -> MediaType:
        name, *fields = (header or "").split(";")
        parameters: dict[str, str] = {}
        for text in fields:
            key, equals, value = text.partition("=")
            if equals:
                parameters[key.strip().lower()] = value.strip().strip('"')
        return cls(name.strip().lower(), parameters)

    @property
    def quality(self) -> float:
        """The preference `q` of an `Accept` header, 1 where it has none."""
        try:
            return float(self.parameters.get("q", 1))
        except ValueError:
            return 0.0

    def matches(self, name: str) -> bool:
        """Whether the type, which may be `*/*` or `text/*`, covers this one."""
        if self.name in (ANY, name):
            return True
        return self.name.endswith("/*") and name.startswith(self.name[:-1])

    def text(self, body: bytes) -> str:
        """The body as text, by its `charset`, UTF-8 by default; a byte-order mark is dropped.

        Raises `MalformedBodyError` or `UnsupportedMediaTypeError`.
        """
        charset = self.parameters.get("charset", "utf-8")
        try:
            codec = codecs.lookup(charset).name
            return body.decode("utf-8-sig" if codec == "utf-8" else codec)
        except UnicodeError as error:
            place = (
                f" at byte {error.start}"
                if isinstance(error, UnicodeDecodeError)
                else ""
            )
            raise MalformedBodyError(
                f"expected text in {charset}; found bytes that are not{place}. Encode the body as UTF-8."
            ) from None
        except (LookupError, ValueError):
            raise UnsupportedMediaTypeError(
                f"expected a known charset; found {charset!r}. Send UTF-8, or name the charset the body is in."
            ) from None


def negotiate(accept: str | None, offered: Collection[str], default: str) -> str:
    """The offered type that the `Accept` header prefers; the first of equals. Raises `NotAcceptableError`."""
    if not accept or not accept.strip():
        return _require_offered(default, offered)
    names = [name for name in (default, *offered) if name in offered]
    for media in _accepted(accept):
        for name in names:
            if media.matches(name):
                return name
    return _require_offered(accept, offered)


def preferred(accept: str, default: str) -> str:
    """The accepted type to write: the default where it is as good as any, else the first without a wildcard."""
    accepted = _accepted(accept)
    best = [media for media in accepted if media.quality == accepted[0].quality]
    if not best or any(media.matches(default) for media in best):
        return default
    names = [media.name for media in accepted if not media.name.endswith("/*")]
    return names[0] if names else default


def _accepted(accept: str) -> list[MediaType]:
    """The types of an `Accept` header that are not excluded, the preferred first."""
    types = [MediaType.parse(text) for text in accept.split(",")]
    wanted = [media for media in types if media.name and media.quality > 0]
    return sorted(wanted, key=lambda media: -media.quality)


def _require_offered(name: str, offered: Collection[str]) -> str:
    if name in offered:
        return name
    raise NotAcceptableError(
        f"expected an Accept of {', '.join(offered)}; found {name!r}. Ask for {JSON}."
    )
