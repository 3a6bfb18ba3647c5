"""Which route an address belongs to: for the calls that API Gateway has no resource of its own for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import quote

CATCH_ALL = "proxy"
"""The parameter of the resource that takes every path without one."""
_NEAR = 0.6
_ANY = "*"
_SHOWN = 3


def segments_of(path: str) -> list[str]:
    """The parts of a path or a route between its slashes; a slash at either end makes none."""
    inner = path.strip("/")
    return inner.split("/") if inner else []


def is_parameter(segment: str) -> bool:
    return segment.startswith("<")


def matches(route: str, path: Sequence[str]) -> bool:
    """Whether a route such as `/models/<model>` is that of these segments."""
    pattern = segments_of(route)
    return len(pattern) == len(path) and all(
        segment and (is_parameter(expected) or expected == segment)
        for expected, segment in zip(pattern, path, strict=True)
    )


@dataclass(frozen=True)
class Route:
    """A method and a path, as a person reads them."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {resource_of(self.path)}"


def resource_of(path: str) -> str:
    """`/models/{model}`, as the template writes `/models/<model>`."""
    return path.replace("<", "{").replace(">", "}")


def with_encoded_path(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with its path made anew from its parameters, percent-encoded, so that any model name is one segment.

    Gateways differ in whether `path` arrives decoded, and a name may hold what no route pattern matches.
    """
    path, parameters = event.get("resource") or "", event.get("pathParameters") or {}
    for name, value in parameters.items():
        segments = segments_of(value) if name == CATCH_ALL else [value]
        encoded = "/".join(quote(segment, safe="") for segment in segments)
        path = path.replace(f"{{{name}}}", encoded).replace(f"{{{name}+}}", encoded)
    return {**event, "path": path} if parameters else dict(event)


def methods_of(path: str, routes: Iterable[Route]) -> tuple[str, ...]:
    """The methods that this path takes; none of a path that is no route's."""
    segments = segments_of(path)
    return tuple(route.method for route in routes if matches(route.path, segments))


def nearest_routes(
    method: str, path: str, routes: Sequence[Route]
) -> tuple[Route, ...]:
    """The routes that were probably meant, the likeliest first."""
    segments = segments_of(path)
    ranks = [
        (_likeness(segments, route.path), route.method == method) for route in routes
    ]
    order = sorted(range(len(routes)), key=lambda index: ranks[index], reverse=True)
    return tuple(routes[index] for index in order[:_SHOWN] if ranks[index][0] >= _NEAR)


def _likeness(path: Sequence[str], route: str) -> float:
    """From 0 to 1. Parameters of the route are compared with nothing."""
    expected, actual = segments_of(route), list(path)
    for place, segment in enumerate(expected):
        if is_parameter(segment):
            expected[place] = _ANY
            if place < len(actual):
                actual[place] = _ANY
    return SequenceMatcher(None, "/".join(actual), "/".join(expected)).ratio()
