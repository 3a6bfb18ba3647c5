from __future__ import annotations

import pytest

from tasks.architectures import suffixes, task_of_architecture


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("DistilBertForSequenceClassification", "text-classification"),
        ("BertForTokenClassification", "token-classification"),
        ("RobertaForQuestionAnswering", "question-answering"),
        ("T5ForConditionalGeneration", "text2text-generation"),
        ("MarianMTModel", "text2text-generation"),
        ("EncoderDecoderModel", "text2text-generation"),
        ("T5WithLMHeadModel", "text2text-generation"),
        ("LlamaForCausalLM", "text-generation"),
        ("GPT2LMHeadModel", "text-generation"),
        ("BertForMaskedLM", "fill-mask"),
        ("BertModel", "feature-extraction"),
        ("ViTForImageClassification", None),
        ("", None),
    ],
)
def test_the_longest_suffix_tells_the_task(name: str, task: str | None) -> None:
    assert task_of_architecture(name) == task


def test_no_suffix_belongs_to_two_tasks() -> None:
    assert len(suffixes()) == len({*suffixes()})
