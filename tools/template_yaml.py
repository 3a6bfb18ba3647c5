"""Reads `template.yaml` as plain data, intrinsic functions kept as `{"Fn::Sub": …}`."""

from __future__ import annotations

from typing import Any

import yaml

_SHORT_NAMES = frozenset({"Ref", "Condition"})
"""Tags that stand for a key of the same name; the others stand for `Fn::<tag>`."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml's, ten times as fast, where PyYAML was built with it."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    key = tag if tag in _SHORT_NAMES else f"Fn::{tag}"
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {key: loader.construct_mapping(node, deep=True)}
    return {key: loader.construct_scalar(node)}  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _intrinsic)


def parse(text: str) -> Any:
    """The data of a template, or of a value in one."""
    return yaml.load(text, Loader=_Loader)
