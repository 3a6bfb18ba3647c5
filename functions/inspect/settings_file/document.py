"""A YAML file as plain values with the line of every key; strict where YAML is lax, lax where people write YAML 1.1.

Aliases, tags and double keys are refused. Dates stay texts, `5e-5` is a number, yes and no are booleans; where a text
is wanted, what was written is taken instead of what YAML makes of it.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from contracts.problems import Problem
from functions.common.text import quoted

MAX_BYTES = 65_536
MAX_BRACKETS = 100
_TAG = "tag:yaml.org,2002:"
_FLAGS = {
    "yes": True,
    "no": False,
    "true": True,
    "false": False,
    "on": True,
    "off": False,
}
_RESOLVED = (
    ("bool", re.compile("yes|no|true|false|on|off", re.IGNORECASE), "yYnNtTfFoO"),
    ("int", re.compile(r"[-+]?[0-9][0-9_]*"), "-+0123456789"),
    (
        "float",
        re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
        "-+.0123456789",
    ),
    ("null", re.compile("~|null|", re.IGNORECASE), ["~", "n", "N", ""]),
)


class DocumentError(Exception):
    """The file is no settings file; `problem` says why."""

    def __init__(
        self,
        expected: str,
        actual: str,
        remedy: str,
        row: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(actual)
        self.problem = Problem(expected, actual, remedy, None, row, key)


@dataclass(frozen=True)
class Document:
    content: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    """Dotted keys whose value stands in quotes."""
    written: dict[str, str] = field(default_factory=dict)
    """Dotted keys whose value is a number or a boolean -> how it is written."""

    def fitted(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The content with numbers and booleans as they are written where the schema wants a text."""
        fitted: dict[str, Any] = self._fitted(schema, self.content, "")
        return fitted

    def _fitted(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            others = schema.get("additionalProperties")
            of_others = others if isinstance(others, dict) else {}
            before = f"{path}." if path else ""
            fitted = {}
            for key, inner in value.items():
                schema_of_key = properties.get(key, of_others)
                fitted[key] = self._fitted(schema_of_key, inner, f"{before}{key}")
            return fitted
        if isinstance(value, list):
            return [
                self._fitted(schema.get("items", {}), value, f"{path}[{i}]")
                for i, value in enumerate(value)
            ]
        return (
            self.written.get(path, value) if schema.get("type") == "string" else value
        )


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - PyYAML's own name
        """PyYAML takes quadratic time for brackets in brackets, and the documentation shows none in a third."""
        if self.flow_level >= MAX_BRACKETS:
            raise _too_deep(self.line + 1)
        super().fetch_flow_collection_start(TokenClass)

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            row, actual = event.start_mark.line + 1, f"the alias *{event.anchor}"
            raise DocumentError(
                "values written out",
                actual,
                "Write the value in place of the alias.",
                row,
            )
        return super().compose_node(parent, index)


for _name, _pattern, _first in _RESOLVED:
    _Loader.add_implicit_resolver(
        _TAG + _name,
        re.compile(f"^(?:{_pattern.pattern})$", _pattern.flags),
        list(_first),
    )


def read(content: bytes) -> Document:
    """Raises `DocumentError`."""
    if len(content) > MAX_BYTES:
        actual = f"{len(content):,} bytes"
        raise DocumentError(
            f"a file of at most {MAX_BYTES:,} bytes",
            actual,
            "Keep only settings in it.",
        )
    try:
        node = _Loader(_text(content)).get_single_node()
        if node is None:
            raise _empty()
        document = Document({})
        value = _Reader(document).value(node, "")
    except yaml.YAMLError as error:
        raise _not_yaml(error) from None
    except RecursionError:
        raise _too_deep() from None
    if value is None:
        raise _empty()
    if not isinstance(value, dict):
        actual = "a list" if isinstance(value, list) else f"only {quoted(value)}"
        raise DocumentError(
            "settings, each `key: value`",
            actual,
            "Begin with a line such as `task: …`.",
            1,
        )
    document.content.update(value)
    return document


def _empty() -> DocumentError:
    return DocumentError(
        "at least one setting",
        "an empty file",
        "Write a setting into it, or delete the file.",
    )


def _too_deep(row: int | None = None) -> DocumentError:
    return DocumentError(
        "settings",
        "values nested too deeply",
        "Write them as the documentation shows.",
        row,
    )


def _text(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        actual = f"the byte 0x{content[error.start]:02x}"
        raise DocumentError(
            "text in UTF-8", actual, "Save the file as UTF-8.", row
        ) from None


def _not_yaml(error: yaml.YAMLError) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return DocumentError(
            "YAML",
            str(error).partition("\n")[0],
            "Remove the character that cannot be printed.",
        )
    what = str(
        getattr(error, "problem", None) or getattr(error, "context", None) or ""
    ).removeprefix("found ")
    if "expected a single document" in str(error):
        remedy = "Keep one document: remove the line `---` and what follows."
        return DocumentError("one YAML document", "a second one", remedy, mark.line + 1)
    remedy = (
        "Indent with spaces."
        if r"'\t'" in what
        else "Correct it: two spaces a level, a space after each colon."
    )
    wanted = re.fullmatch(r"expected (.*), but (?:got|found) (.*)", what)
    expected, actual = wanted.groups() if wanted else ("YAML", what)
    return DocumentError(
        expected, f"{actual} at column {mark.column + 1}", remedy, mark.line + 1
    )


class _Reader:
    """Nodes to values; notes where what stands."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def value(self, node: Node, path: str) -> Any:
        name = node.tag.removeprefix(_TAG)
        if isinstance(node, MappingNode) and name == "map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and name == "seq":
            return [
                self.value(item, f"{path}[{i}]") for i, item in enumerate(node.value)
            ]
        if isinstance(node, ScalarNode) and name in {
            "str",
            "null",
            "bool",
            "int",
            "float",
        }:
            return self._scalar(node, name, path)
        tag = f"!!{name}" if node.tag.startswith(_TAG) else node.tag
        row = node.start_mark.line + 1
        raise DocumentError(
            "plain values",
            f"the tag {quoted(tag)}",
            "Remove the tag.",
            row,
            path or None,
        )

    def _mapping(self, node: MappingNode, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        rows: dict[str, int] = {}
        for key, value in node.value:
            row = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise DocumentError(
                    "a name before the colon",
                    "a list or an object",
                    "Write a name.",
                    row,
                )
            inner = f"{path}.{key.value}" if path else key.value
            if key.value in values:
                again = f"a second one; the first is in line {rows[key.value]}"
                raise DocumentError("every key once", again, "Remove one.", row, inner)
            rows[key.value] = self._document.lines[inner] = row
            values[key.value] = self.value(value, inner)
        return values

    def _scalar(self, node: ScalarNode, name: str, path: str) -> Any:
        text = str(node.value)
        if node.style in {"'", '"'}:
            self._document.quoted.add(path)
        if name == "null":
            return None
        if name == "str":
            return text
        self._document.written[path] = text
        return _FLAGS.get(text.lower(), text) if name == "bool" else _number(text, name)


def _number(text: str, name: str) -> int | float | str:
    """A number; what is none after all, or is too large for one, stays a text."""
    try:
        number = int(text) if name == "int" else float(text)
        return number if math.isfinite(number) else text
    except (ValueError, OverflowError):
        return text
