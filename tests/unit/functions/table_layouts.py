"""CSV tables as people publish them, and what Traindrop says each is for."""

from __future__ import annotations

from tests.unit.functions.layouts import (
    NAME_IT,
    NUMBERS,
    PLAIN,
    TAG_NUMBERS,
    TEXTS,
    Rows,
    another,
    rows,
)

SCORED = "Sentence similarity: column 'sentence1' as text, 'sentence2' as text_pair, 'score' as score; "
WORDS = "Token classification: column 'tokens' as tokens, 'ner_tags' as tags; "
TABLES: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "AG news": (
        rows(**{"Class Index": ("1", "3", "4"), "Title": TEXTS, "Description": TEXTS}),
        (
            "Text classification: column 'Description' as text, 'Class Index' as label"
            + NUMBERS,
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
    "title and text": (
        rows(title=TEXTS, text=TEXTS),
        (*PLAIN, "Not used: 'title'.", NAME_IT),
    ),
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
        rows(
            sentence=("a b c d", "e f", "g h"), labels=("O O B-X O", "O O", "B-X I-X")
        ),
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
        (
            "Text generation from prompts: column 'question' as prompt, 'answer' as completion.",
        ),
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
        (
            "Text generation from prompts: column 'prompt' as prompt, 'completion' as completion.",
        ),
    ),
    "instructions": (
        rows(instruction=TEXTS, output=("a", "b", "a")),
        (
            "Text generation from prompts: column 'instruction' as prompt, 'output' as completion.",
        ),
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
        (
            "Text generation from prompts: column 'input' as prompt, 'output' as completion.",
        ),
    ),
    "inputs and targets": (
        rows(inputs=TEXTS, targets=TEXTS),
        (
            "Text-to-text generation: column 'inputs' as input_text, 'targets' as target_text.",
        ),
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
        (
            "Sentence embeddings from pairs: column 'anchor' as text, 'positive' as text_pair.",
        ),
    ),
}
