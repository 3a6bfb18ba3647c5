"""JSON Lines as people publish them, and what Traindrop says each is for."""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]
TEXTS = (
    "a man plays in the park",
    "two dogs run along the shore",
    "children build a high tower",
)
NUMBERS = "; whole numbers are read as names of classes, `task: regression` in traindrop.yaml learns them as amounts."
TAG_NUMBERS = ", and the tags numbers, which the model will answer with: names such as B-PER say more."
CHAT = [
    {"role": "user", "content": "hello"},
    {"role": "assistant", "content": "good day"},
]
SHARED = [{"from": "human", "value": "hello"}, {"from": "gpt", "value": "good day"}]


def another(form: str) -> str:
    return f"The same columns could be for {form}: `task:` in traindrop.yaml chooses another."


def rows(**columns: Any) -> Rows:
    """Three rows: a tuple gives each row its value, anything else stands in all of them."""
    return [
        {name: v[i] if isinstance(v, tuple) else v for name, v in columns.items()}
        for i in range(3)
    ]


PAIR_LABEL = "Text classification: column 'sentence1' as text, 'label' as label, 'sentence2' as text_pair."
PLAIN = (
    "Text generation: column 'text' as text.",
    another("fill-mask, feature-extraction/texts"),
)
NAME_IT = "If one of them holds the answers, give it the name that a task has for it, for example 'label'."
SPANS = "Token classification by spans: column 'text' as text, {} as spans; the labels mark characters of the text."

JSON_LINES: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "GLUE": (
        rows(sentence1=TEXTS, sentence2=TEXTS, label=(0, 1, 0)),
        (PAIR_LABEL, another("feature-extraction")),
    ),
    "QQP": (
        rows(question1=TEXTS, question2=TEXTS, label=(0, 1, 0), idx=(0, 1, 2)),
        (
            "Text classification: column 'question1' as text, 'label' as label, 'question2' as text_pair.",
            another("feature-extraction"),
            "Not used: 'idx'.",
        ),
    ),
    "QNLI": (
        rows(question=TEXTS, sentence=TEXTS, label=(0, 1, 0)),
        (
            "Text classification: column 'sentence' as text, 'label' as label, 'question' as text_pair.",
        ),
    ),
    "MNLI": (
        rows(premise=TEXTS, hypothesis=TEXTS, label=(0, 1, 2)),
        (
            "Text classification: column 'premise' as text, 'label' as label, 'hypothesis' as text_pair"
            + NUMBERS,
            another("feature-extraction"),
        ),
    ),
    "IMDB": (
        rows(text=TEXTS, label=(0, 1, 0)),
        ("Text classification: column 'text' as text, 'label' as label.",),
    ),
    "AG news": (
        rows(text=TEXTS, label=(0, 2, 3)),
        ("Text classification: column 'text' as text, 'label' as label" + NUMBERS,),
    ),
    "true and false": (
        rows(text=TEXTS, label=(True, False, True)),
        ("Text classification: column 'text' as text, 'label' as label.",),
    ),
    "numbers with gaps": (
        rows(text=TEXTS, label=(1.5, None, 2.0)),
        (
            "Text regression: column 'text' as text, 'label' as score; the answers are numbers, not all of them whole.",
        ),
    ),
    "lists of labels": (
        rows(text=TEXTS, labels=(["a"], ["b", "a"], [])),
        (
            "Multi-label text classification: column 'text' as text, 'labels' as labels; the labels are lists.",
        ),
    ),
    "one name in a column of tags": (
        rows(text=TEXTS, tags=("a", "b", "a")),
        ("Multi-label text classification: column 'text' as text, 'tags' as labels.",),
    ),
    "CoNLL": (
        rows(id=("0", "1", "2"), tokens=["a", "b"], pos_tags=[1, 2], ner_tags=[0, 3]),
        (
            "Token classification: column 'tokens' as tokens, 'ner_tags' as tags; tokens and tags are lists"
            + TAG_NUMBERS,
            "'pos_tags' could be the tags too; 'ner_tags' was taken, as the more usual name.",
            "Not used: 'id', 'pos_tags'.",
        ),
    ),
    "spaCy": (
        rows(text=TEXTS, entities=([[0, 3, "X"]], [], [])),
        (SPANS.format("'entities'"),),
    ),
    "spaCy's object": (
        rows(text=TEXTS, entities=({"entities": [[0, 3, "X"]]}, {}, {})),
        (SPANS.format("'entities'"),),
    ),
    "Doccano": (
        rows(id=(1, 2, 3), text=TEXTS, label=([[0, 3, "X"]], [], [])),
        (SPANS.format("'label'"), "Not used: 'id'."),
    ),
    "Doccano with relations": (
        rows(
            text=TEXTS,
            entities=[{"id": 1, "label": "X", "start_offset": 0, "end_offset": 3}],
            relations=[[]],
        ),
        (SPANS.format("'entities'"), "Not used: 'relations'."),
    ),
    "Label Studio": (
        rows(
            text=TEXTS,
            label=[{"start": 0, "end": 5, "text": "a man", "labels": ["PER"]}],
        ),
        (SPANS.format("'label'"),),
    ),
    "Prodigy": (
        rows(
            text=TEXTS,
            spans=[{"start": 0, "end": 5, "label": "PER"}],
            tokens=[{"text": "a", "id": 0}],
        ),
        (SPANS.format("'spans'"), "Not used: 'tokens'."),
    ),
    "SQuAD": (
        rows(
            id=("1", "2", "3"),
            title="T",
            context=TEXTS,
            question=TEXTS,
            answers={"text": ["a"], "answer_start": [0]},
        ),
        (
            "Question answering: column 'question' as question, 'context' as context, 'answers' as answers.",
            "Not used: 'id', 'title'.",
        ),
    ),
    "SQuAD v2": (
        rows(
            context=TEXTS,
            question=TEXTS,
            answers={"text": [], "answer_start": []},
            is_impossible=True,
        ),
        (
            "Question answering: column 'question' as question, 'context' as context, 'answers' as answers, "
            "'is_impossible' as is_impossible.",
        ),
    ),
    "WMT": (
        rows(translation={"en": "a", "de": "b"}),
        (
            "Translation: column 'translation' as source; each row holds a text in two languages.",
            "Translates from 'en' to 'de'.",
        ),
    ),
    "Alpaca": (
        rows(
            instruction=TEXTS,
            input=("", "x", ""),
            output=("short", "too", "so"),
            text=TEXTS,
        ),
        (
            "Text generation from prompts: column 'instruction' as prompt, 'output' as completion, 'input' as context.",
            "Not used: 'text'.",
        ),
    ),
    "Dolly": (
        rows(instruction=TEXTS, context=("", "x", ""), response=TEXTS, category="qa"),
        (
            "Text generation from prompts: column 'instruction' as prompt, 'response' as completion, "
            "'context' as context.",
            "Not used: 'category'.",
        ),
    ),
    "preferences": (
        rows(prompt=TEXTS, chosen=TEXTS, rejected=TEXTS),
        (
            "Text generation from prompts: column 'prompt' as prompt, 'chosen' as completion.",
            "Not used: 'rejected'.",
        ),
    ),
    "preferences of chats": (
        rows(prompt=TEXTS, chosen=CHAT, rejected=CHAT, messages=CHAT),
        (
            "Chat: column 'messages' as messages; each row holds a list of messages.",
            "Not used: 'prompt', 'chosen', 'rejected'.",
        ),
    ),
    "chat": (
        rows(messages=CHAT),
        ("Chat: column 'messages' as messages; each row holds a list of messages.",),
    ),
    "ShareGPT": (
        rows(id=("a", "b", "c"), conversations=SHARED),
        (
            "Chat: column 'conversations' as messages; each row holds a list of messages.",
            "Not used: 'id'.",
        ),
    ),
    "STS-B": (
        rows(sentence1=TEXTS, sentence2=TEXTS, label=(0.5, 1.0, 3.2), idx=(0, 1, 2)),
        (
            "Sentence similarity: column 'sentence1' as text, 'sentence2' as text_pair, 'label' as score; "
            "every pair of texts has a number.",
            "Not used: 'idx'.",
        ),
    ),
}
