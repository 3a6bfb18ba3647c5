"""`tasks/model_types.py`: which architectures have which heads, as transformers' own tables say."""

from __future__ import annotations

HEADS = (
    "SEQUENCE_CLASSIFICATION",
    "TOKEN_CLASSIFICATION",
    "QUESTION_ANSWERING",
    "MASKED_LM",
    "CAUSAL_LM",
    "SEQ_TO_SEQ_CAUSAL_LM",
)
_HEAD = '''"""Heads and the architectures (`model_type` of `config.json`) that transformers has them for.

Written by `make generate`, from the tables of the installed transformers.
"""

from __future__ import annotations

'''


def module() -> str:
    """The source of the module."""
    from transformers.models.auto import modeling_auto  # noqa: PLC0415

    parts = [_HEAD.rstrip("\n"), ""]
    for head in HEADS:
        names = sorted(getattr(modeling_auto, f"MODEL_FOR_{head}_MAPPING_NAMES"))
        parts += [f'{head} = """', *_lines(names), '"""']
    return "\n".join(parts) + "\n"


def _lines(names: list[str], width: int = 98) -> list[str]:
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {name}".strip()
    return lines
