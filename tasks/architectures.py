"""What a model can do, by what its `config.json` says: its class, or its architecture."""

from __future__ import annotations

from tasks import model_types
from tasks.base import Task
from tasks.registry import TASKS

_HEADS = {
    "text_classification": frozenset(model_types.SEQUENCE_CLASSIFICATION.split()),
    "token_classification": frozenset(model_types.TOKEN_CLASSIFICATION.split()),
    "question_answering": frozenset(model_types.QUESTION_ANSWERING.split()),
    "masked_lm": frozenset(model_types.MASKED_LM.split()),
    "causal_lm": frozenset(model_types.CAUSAL_LM.split()),
    # An encoder that can be a decoder too is trained as both.
    "seq2seq": frozenset(model_types.SEQ_TO_SEQ_CAUSAL_LM.split())
    | (
        frozenset(model_types.MASKED_LM.split())
        & frozenset(model_types.CAUSAL_LM.split())
    ),
}
"""Family of tasks -> the architectures that it can fine-tune. Any can be asked for vectors."""
_EVERY = frozenset[str]().union(*_HEADS.values())
_ENCODERS = ("distilbert/distilbert-base-uncased", "FacebookAI/roberta-base")
SUGGESTIONS = {
    "text_classification": _ENCODERS,
    "token_classification": _ENCODERS,
    "question_answering": _ENCODERS,
    "masked_lm": _ENCODERS,
    "causal_lm": ("HuggingFaceTB/SmolLM2-135M", "openai-community/gpt2"),
    "seq2seq": ("google-t5/t5-small", "facebook/bart-base"),
}
"""Family of tasks -> two base models of the Hub that can do them."""


def can_learn(task: Task, model_type: str) -> bool:
    """Whether a base model of this architecture may be fine-tuned for the task; one that nobody knows may be."""
    able = _HEADS.get(task.family)
    return able is None or model_type in able or model_type not in _EVERY


def suffixes() -> tuple[str, ...]:
    return tuple(
        suffix for task in TASKS.values() for suffix in task.architecture_suffixes
    )


def task_of_architecture(name: str) -> str | None:
    """The task whose suffix fits best: `BertForTokenClassification` is for token-classification."""
    fitting = []
    for task in TASKS.values():
        for suffix in task.architecture_suffixes:
            if name.endswith(suffix):
                fitting.append((len(suffix), task.name))
    return max(fitting)[1] if fitting else None
