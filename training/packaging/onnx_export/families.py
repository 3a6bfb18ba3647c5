"""What a graph can be made of: models that read a text in one pass. Those that write are served by torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    auto_class: str
    outputs: tuple[str, ...]
    """What the predictor reads of the model's answer."""


FAMILIES = {
    "text_classification": Family("AutoModelForSequenceClassification", ("logits",)),
    "token_classification": Family("AutoModelForTokenClassification", ("logits",)),
    "question_answering": Family("AutoModelForQuestionAnswering", ("start_logits", "end_logits")),
    "masked_lm": Family("AutoModelForMaskedLM", ("logits",)),
    "embedding": Family("AutoModel", ("last_hidden_state",)),
}
PACKAGES = ("onnx", "onnxruntime")
