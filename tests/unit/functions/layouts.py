"""Tables as people publish them, and what Traindrop says each is for."""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]
TEXTS = ("a man plays in the park", "two dogs run along the shore", "children build a high tower")
NUMBERS = "; whole numbers are read as names of classes, `task: regression` in traindrop.yaml learns them as amounts."
TAG_NUMBERS = (
    ", and the tags numbers, which the model will answer with: names such as B-PER say more."
)
CHAT = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]
SHARED = [{"from": "human", "value": "hello"}, {"from": "gpt", "value": "good day"}]


def another(form: str) -> str:
    return f"The same columns could be for {form}: `task:` in traindrop.yaml chooses another."


def rows(**columns: Any) -> Rows:
    """Three rows: a tuple gives each row its value, anything else stands in all of them."""
    return [
        {name: v[i] if isinstance(v, tuple) else v for name, v in columns.items()} for i in range(3)
    ]


PAIR_LABEL = (
    "Text classification: column 'sentence1' as text, 'label' as label, 'sentence2' as text_pair."
)
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
    "spaCy": (rows(text=TEXTS, entities=([[0, 3, "X"]], [], [])), (SPANS.format("'entities'"),)),
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
        rows(text=TEXTS, label=[{"start": 0, "end": 5, "text": "a man", "labels": ["PER"]}]),
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
        rows(instruction=TEXTS, input=("", "x", ""), output=("short", "too", "so"), text=TEXTS),
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

SCORED = (
    "Sentence similarity: column 'sentence1' as text, 'sentence2' as text_pair, 'score' as score; "
)
WORDS = "Token classification: column 'tokens' as tokens, 'ner_tags' as tags; "
TABLES: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "AG news": (
        rows(**{"Class Index": ("1", "3", "4"), "Title": TEXTS, "Description": TEXTS}),
        (
            "Text classification: column 'Description' as text, 'Class Index' as label" + NUMBERS,
            "'Title' could be the text too; 'Description' was taken, as the more usual name.",
            "Not used: 'Title'.",
        ),
    ),
    "ids and dates": (
        rows(text=TEXTS, label=("a", "b", "a"), id=("1", "2", "3"), date="2020-01-01"),
        (
            "Text classification: column 'text' as text, 'label' as label.",
            "Not used: 'id', 'date'.",
        ),
    ),
    "title, text and category": (
        rows(title=TEXTS, text=TEXTS, category=("a", "b", "a")),
        (
            "Text classification: column 'text' as text, 'category' as label.",
            "'title' could be the text too; 'text' was taken, as the more usual name.",
            "Not used: 'title'.",
        ),
    ),
    "title and text": (rows(title=TEXTS, text=TEXTS), (*PLAIN, "Not used: 'title'.", NAME_IT)),
    "text with its source": (
        rows(text=TEXTS, source="web"),
        (*PLAIN, "Not used: 'source'.", NAME_IT),
    ),
    "text alone": (rows(text=TEXTS), PLAIN),
    "stars": (
        rows(text=TEXTS, stars=("1", "5", "3")),
        ("Text classification: column 'text' as text, 'stars' as label" + NUMBERS,),
    ),
    "a score from 1 to 5": (
        rows(text=TEXTS, score=("1", "5", "3")),
        ("Text classification: column 'text' as text, 'score' as label" + NUMBERS,),
    ),
    "a score with fractions": (
        rows(text=TEXTS, score=("1.5", "5", "3")),
        (
            "Text regression: column 'text' as text, 'score' as score; the answers are numbers, not all of them whole.",
        ),
    ),
    "a score beside a label": (
        rows(text=TEXTS, score=("1.5", "5", "3"), label=("a", "b", "a")),
        (
            "Text classification: column 'text' as text, 'label' as label.",
            "It could be for text-classification/regression too, with 'text' as text, 'score' as score: "
            "`task:` in traindrop.yaml chooses it.",
            "'score' could be the label too; 'label' was taken, as the more usual name.",
            "Not used: 'score'.",
        ),
    ),
    "0.0 and 1.0": (
        rows(text=TEXTS, label=("0.0", "1.0", "0.0")),
        ("Text classification: column 'text' as text, 'label' as label.",),
    ),
    "answers with a category": (
        rows(question=TEXTS, answer=TEXTS, category=("a", "b", "a")),
        (
            "Text generation from prompts: column 'question' as prompt, 'answer' as completion.",
            "Not used: 'category'.",
        ),
    ),
    "SICK": (
        rows(sentence_A=TEXTS, sentence_B=TEXTS, relatedness_score=("4.5", "3", "1")),
        (
            "Sentence similarity: column 'sentence_A' as text, 'sentence_B' as text_pair, 'relatedness_score' as "
            "score; every pair of texts has a number.",
        ),
    ),
    "FEVER": (
        rows(claim=TEXTS, evidence=TEXTS, label=("yes", "no", "no")),
        (
            "Text classification: column 'claim' as text, 'label' as label, 'evidence' as text_pair.",
        ),
    ),
    "labels in one cell": (
        rows(text=TEXTS, labels=("a;b", "b", "a")),
        (
            "Multi-label text classification: column 'text' as text, 'labels' as labels; "
            'some rows hold several labels between ";" or "|".',
            another("text-classification"),
        ),
    ),
    "labels as Python prints them": (
        rows(text=TEXTS, labels=("['a', 'b']", "['b']", "['a']")),
        (
            "Multi-label text classification: column 'text' as text, 'labels' as labels; the labels are lists.",
        ),
    ),
    "CoNLL as JSON": (
        rows(tokens='["a", "b"]', ner_tags='["O", "B-X"]'),
        (WORDS + "tokens and tags are lists.",),
    ),
    "CoNLL as NumPy prints it": (
        rows(tokens="['a' 'b']", ner_tags="[0 3]"),
        (WORDS + "tokens and tags are lists" + TAG_NUMBERS,),
    ),
    "CoNLL between spaces": (
        rows(tokens="a b", ner_tags="O B-X"),
        (WORDS + "there is one tag a word.",),
    ),
    "sentences with a tag a word": (
        rows(sentence=("a b c d", "e f", "g h"), labels=("O O B-X O", "O O", "B-X I-X")),
        (
            "Token classification: column 'sentence' as tokens, 'labels' as tags; there is one tag a word.",
        ),
    ),
    "SQuAD, flat": (
        rows(context=TEXTS, question=TEXTS, answer="a", answer_start="0"),
        (
            "Question answering: column 'question' as question, 'context' as context, 'answer' as answers, "
            "'answer_start' as answer_start.",
        ),
    ),
    "a question with context": (
        rows(context=TEXTS, question=TEXTS, answer="a"),
        (
            "Question answering: column 'question' as question, 'context' as context, 'answer' as answers.",
            another("text-generation/completion"),
        ),
    ),
    "a question without context": (
        rows(question=TEXTS, answer=TEXTS),
        ("Text generation from prompts: column 'question' as prompt, 'answer' as completion.",),
    ),
    "CNN/DailyMail": (
        rows(article=TEXTS, highlights=TEXTS, id=("1", "2", "3")),
        (
            "Summarization: column 'article' as document, 'highlights' as summary.",
            "Not used: 'id'.",
        ),
    ),
    "XSum": (
        rows(document=TEXTS, summary=TEXTS),
        ("Summarization: column 'document' as document, 'summary' as summary.",),
    ),
    "two languages": (
        rows(en=TEXTS, de=TEXTS),
        (
            "Translation: column 'en' as source, 'de' as target.",
            "Translates from 'en' to 'de'.",
        ),
    ),
    "two languages' names": (
        rows(English=TEXTS, German=TEXTS),
        (
            "Translation: column 'English' as source, 'German' as target.",
            "Translates from 'English' to 'German'.",
        ),
    ),
    "WMT as pandas prints it": (
        rows(translation="{'en': 'a', 'de': 'b'}"),
        (
            "Translation: column 'translation' as source; each row holds a text in two languages.",
            "Translates from 'en' to 'de'.",
        ),
    ),
    "prompts": (
        rows(prompt=TEXTS, completion=TEXTS),
        ("Text generation from prompts: column 'prompt' as prompt, 'completion' as completion.",),
    ),
    "instructions": (
        rows(instruction=TEXTS, output=("a", "b", "a")),
        ("Text generation from prompts: column 'instruction' as prompt, 'output' as completion.",),
    ),
    "input and short output": (
        rows(input=TEXTS, output=("a", "b", "a")),
        (
            "Text classification: column 'input' as text, 'output' as label.",
            another("text-generation/completion"),
        ),
    ),
    "input and long output": (
        rows(input=TEXTS, output="a text of more words than a class has"),
        ("Text generation from prompts: column 'input' as prompt, 'output' as completion.",),
    ),
    "inputs and targets": (
        rows(inputs=TEXTS, targets=TEXTS),
        ("Text-to-text generation: column 'inputs' as input_text, 'targets' as target_text.",),
    ),
    "scored pairs": (
        rows(sentence1=TEXTS, sentence2=TEXTS, score=("0.5", "1", "3")),
        (SCORED + "every pair of texts has a number.",),
    ),
    "pairs scored by whole numbers": (
        rows(sentence1=TEXTS, sentence2=TEXTS, score=("0", "5", "3")),
        (SCORED + "every pair of texts has a number.", another("text-classification")),
    ),
    "triplets": (
        rows(anchor=TEXTS, positive=TEXTS, negative=TEXTS),
        (
            "Sentence embeddings from pairs: column 'anchor' as text, 'positive' as text_pair.",
            "Not used: 'negative'.",
        ),
    ),
    "pairs": (
        rows(anchor=TEXTS, positive=TEXTS),
        ("Sentence embeddings from pairs: column 'anchor' as text, 'positive' as text_pair.",),
    ),
}
