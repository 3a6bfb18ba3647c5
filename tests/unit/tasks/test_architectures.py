from __future__ import annotations

import pytest

from tasks import find_task
from tasks.architectures import SUGGESTIONS, can_learn, suffixes, task_of_architecture
from tasks.registry import every_variant


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


@pytest.mark.parametrize(
    ("task", "model_type", "able"),
    [
        ("token-classification", "opt", False),
        ("fill-mask", "xlnet", False),
        ("text-classification", "pegasus", False),
        ("question-answering", "pegasus", False),
        ("text-classification", "bart", True),
        ("translation", "bert", True),
        ("translation", "distilbert", False),
        ("summarization", "mt5", True),
        ("feature-extraction", "gpt2", True),
        ("text-generation", "brand-new", True),
    ],
)
def test_what_an_architecture_can_learn(task: str, model_type: str, able: bool) -> None:
    assert can_learn(find_task(task), model_type) is able


def test_two_base_models_are_suggested_for_every_task_that_an_architecture_may_not_do() -> (
    None
):
    for task in every_variant():
        if not can_learn(task, "pegasus") or not can_learn(task, "distilbert"):
            assert len(SUGGESTIONS[task.family]) == 2
    architectures = {
        "text_classification": "roberta",
        "seq2seq": "bart",
        "causal_lm": "llama",
    }
    for task in every_variant():
        assert can_learn(task, architectures.get(task.family, "distilbert"))
