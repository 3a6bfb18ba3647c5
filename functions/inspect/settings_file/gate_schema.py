"""What the schema of a settings file says of the gate."""

from __future__ import annotations

from functions.inspect.settings_file.schema_parts import number, object_of, text

GATE = object_of(
    "What a new model must reach to go live.",
    {
        "metric": {
            **text(
                "The metric that is compared; one of the task's of which more is better.",
                "macro_f1",
            ),
            "x-default": "the task's own; macro_f1 where classes are uneven from 9 to 1 on",
        },
        "min_gain": number(
            "number",
            "By how much the metric must beat the trivial baseline (0.05 is five points).",
            0.05,
            "the stack's `MinGain`",
            minimum=-1,
            exclusiveMaximum=1,
            **{"x-noun": "a number from -1 to below 1, where 0.05 is five points"},
        ),
        "must_beat_champion": {
            "type": "boolean",
            "description": "Whether a new model must beat the live one on the same held-out rows, beyond chance. "
            "Otherwise it must not be worse beyond chance.",
            "default": False,
            "examples": [True],
        },
        "reference": {
            "type": "string",
            "enum": ["ignore", "not_worse", "better"],
            "description": "What is asked of a new model beside the reference baseline, such as TF-IDF with logistic "
            "regression: nothing, not to be worse beyond chance, or to be better beyond chance.",
            "default": "not_worse",
            "examples": ["ignore"],
        },
        "label_change": {
            "type": "string",
            "enum": ["hold", "allow"],
            "description": "Whether a model goes live whose labels are not those of the live one, which its callers "
            "know: hold keeps it back.",
            "default": "hold",
            "examples": ["allow"],
        },
        "approval": {
            "type": "string",
            "enum": ["none", "required"],
            "description": "Whether a person has to approve a model before it goes live. `none` does not undo what the "
            "stack requires.",
            "examples": ["required"],
            "x-default": "the stack's `Approval`",
        },
        "approval_days": number(
            "number",
            "How long a model can be approved after it was judged.",
            2,
            "the stack's `ApprovalDays`",
            exclusiveMinimum=0,
            maximum=365,
        ),
    },
)
