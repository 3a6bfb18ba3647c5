"""One label in several spellings: `Billing`, `billing ` and `BILLING`; `1.0` and `1`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WHOLE = re.compile(r"([-+]?\d+)\.0+")


def number_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """Whole numbers that are written with a fraction -> without it, where all labels are whole numbers."""
    whole = {name: match[1] for name in counts if (match := _WHOLE.fullmatch(name))}
    others = counts.keys() - whole.keys()
    return whole if all(re.fullmatch(r"[-+]?\d+", name) for name in others) else {}


def case_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """Labels that differ from a commoner one only in case and spaces -> that one."""
    by_form: dict[str, list[str]] = {}
    for name in counts:
        by_form.setdefault(_folded(name), []).append(name)
    merged: dict[str, str] = {}
    for names in by_form.values():
        commonest = max(names, key=lambda name: (counts[name], name))
        merged |= {name: commonest for name in names if name != commonest}
    return merged


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).casefold().split())
