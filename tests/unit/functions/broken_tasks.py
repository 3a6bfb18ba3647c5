"""Broken drops of every task and, word for word, what is said of each."""

from __future__ import annotations

from tests.unit.functions.task_rows import (
    ANSWERS,
    CHATS,
    COUNT,
    LABEL_KNOWN,
    LIST,
    SPAN,
    Drop,
    both,
    chatted,
    drop,
    labelled,
    lines,
    marked,
    message,
    named,
    paired,
    prompted,
    questioned,
    rated,
    scored,
    summed,
    tagged,
    translated,
)

TASKS: dict[str, tuple[Drop, str]] = {
    "classes: a pair that is a list": (
        drop(lambda i: named(i) | {"sentence2": "so"}, sentence2=["a"]),
        "r.jsonl, row 5, column 'sentence2': expected a plain value; found a JSON array. "
        "Give each row one text_pair, as a plain value.",
    ),
    "classes: not a number": (
        drop(named, sentiment=float("nan")),
        "r.jsonl, row 5, column 'sentiment': expected a label; found an empty cell. "
        "Fill in the label or delete the row.",
    ),
    "classes: tags of single words": (
        {
            "r.csv": "text,label\n"
            + "".join(f"Ada {i},B-PER\nin {i},O\n" for i in range(20))
        },
        "r.csv, column 'label': expected one label a text; found tags of words: 'B-PER' and 'O'. "
        "Put the words of a sentence and their tags into one row: a list of tokens, a list of tags.",
    ),
    "labels: one of them a list": (
        drop(labelled, genres=["a", ["b"]], number=300),
        "r.jsonl, row 5, column 'genres': expected a list of label names; found ['b']. "
        'Give the labels as a list of names, or as one text with ";" between them.',
    ),
    "labels: none at all": (
        {"r.jsonl": lines([labelled(i) | {"genres": []} for i in range(20)])},
        "r.jsonl, column 'genres': expected rows with labels; found none with any. Fill in the labels of some rows.",
    ),
    "labels: too many": (
        {
            "r.jsonl": lines(
                [labelled(i) | {"genres": [f"a{i}", f"b{i}"]} for i in range(600)]
            )
        },
        "r.jsonl, column 'genres': expected at most 1,000 different labels; found 1,200. "
        "Check that the label column holds class names, not free text or numbers.",
    ),
    "labels: a long one": (
        drop(labelled, genres=["drama", "w" * 201]),
        "r.jsonl, row 5, column 'genres': expected labels of at most 200 characters; found 201 characters, beginning "
        f"'{'w' * 39}…'. Give the label a short name.",
    ),
    "labels: one only in test": (
        both(labelled, genres=["war", "odd"]),
        f"test.jsonl, row 2, column 'genres': expected a label that the train file has; found 'odd'. {LABEL_KNOWN}",
    ),
    "labels: a text that is an object": (
        drop(labelled, review={"a": 1}),
        "r.jsonl, row 5, column 'review': expected a plain value; found a JSON object. "
        "Give each row one text, as a plain value.",
    ),
    "numbers: a word": (
        {
            "r.csv": "review,stars\n"
            + "".join(f"film {i},{i / 4}\n" for i in range(120))
            + "film x,good\n"
        },
        "r.csv, row 122, column 'stars': expected a number; found 'good'. "
        "Write a number such as 3.5, or delete the row.",
    ),
    "numbers: none": (
        drop(rated, stars=None),
        "r.jsonl, row 5, column 'stars': expected a number; found an empty cell. "
        "Write a number such as 3.5, or delete the row.",
    ),
    "numbers: no text": (
        drop(rated, review=" "),
        "r.jsonl, row 5, column 'review': expected a text; found an empty cell. Fill in the text or delete the row.",
    ),
    "tags: too few": (
        drop(tagged, ner_tags=["B-PER", "O"]),
        "r.jsonl, row 5, column 'ner_tags': expected 4 tags, one a token; found 2. "
        "Give every token its tag; O marks a token that belongs to no entity.",
    ),
    "tags: one missing": (
        drop(tagged, ner_tags=["B-PER", None, "B-LOC", "O"]),
        "r.jsonl, row 5, column 'ner_tags': expected a tag for every token; found none for token 2. "
        "Write O for no entity.",
    ),
    "tags: an empty token": (
        drop(tagged, words=["Ada", "in", " ", "4"]),
        "r.jsonl, row 5, column 'words': expected tokens that are not empty; found an empty token 3. Remove it.",
    ),
    "tags: no tokens": (
        drop(tagged, words=[]),
        f"r.jsonl, row 5, column 'words': expected a list of tokens; found []. {LIST.format('tokens')}",
    ),
    "tags: nothing": (
        drop(
            lambda i: {"words": f"Ada {i}", "ner_tags": "B-PER O"},
            ner_tags=None,
            number=300,
        ),
        f"r.jsonl, row 5, column 'ner_tags': expected a list of tags; found an empty cell. {LIST.format('tags')}",
    ),
    "tags: a list cut off by NumPy": (
        {
            "r.csv": "tokens,tags\n"
            + "['a' 'b'],['O' 'X']\n" * 12
            + "['a' ... 'b'],['O' 'X']\n"
        },
        "r.csv, row 14, column 'tokens': expected a list of tokens; found \"['a' ... 'b']\". "
        + LIST.format("tokens"),
    ),
    "tags: only one": (
        {"r.jsonl": lines([tagged(i) | {"ner_tags": ["O"] * 4} for i in range(20)])},
        "r.jsonl, column 'ner_tags': expected at least two different tags; found only 'O'. Add rows with entities.",
    ),
    "tags: too many": (
        {
            "r.jsonl": lines(
                [
                    tagged(i) | {"ner_tags": [f"{i}-{j}" for j in range(4)]}
                    for i in range(251)
                ]
            )
        },
        "r.jsonl, column 'ner_tags': expected at most 1,000 different labels; found 1,004. "
        "Check that the column holds names of labels, not free text or ids.",
    ),
    "tags: one only in test": (
        both(tagged, ner_tags=["B-PER", "O", "B-ODD", "O"]),
        "test.jsonl, row 2, column 'ner_tags': expected a label that the train file has; found 'B-ODD'. "
        + LABEL_KNOWN,
    ),
    "spans: beyond the text": (
        drop(marked, entities=[[7, 99, "LOC"]]),
        "r.jsonl, row 5, column 'entities': expected a span inside the text; "
        f"found one from 7 to 99 in a text of 20 characters. {COUNT}",
    ),
    "spans: of no length": (
        drop(marked, entities=[{"start": 7, "end": 7, "label": "LOC"}]),
        "r.jsonl, row 5, column 'entities': expected a span inside the text; "
        f"found one from 7 to 7 in a text of 20 characters. {COUNT}",
    ),
    "spans: overlapping": (
        drop(marked, entities=[[7, 13, "LOC"], [0, 9, "PER"]]),
        "r.jsonl, row 5, column 'entities': expected spans that do not overlap; "
        "found PER 'Ada in Pr' and LOC 'Prague'. Keep one of the two.",
    ),
    "spans: without a label": (
        drop(marked, entities=[{"start": 0, "end": 3}]),
        "r.jsonl, row 5, column 'entities': expected a span with start, end and label; "
        f"found {{'start': 0, 'end': 3}}. {SPAN}",
    ),
    "spans: a half character": (
        drop(marked, entities=[[0, 2.5, "PER"]]),
        f"r.jsonl, row 5, column 'entities': expected a span with start, end and label; found [0, 2.5, 'PER']. {SPAN}",
    ),
    "spans: no list": (
        drop(marked, entities="Prague"),
        "r.jsonl, row 5, column 'entities': expected a list of spans; found 'Prague'. "
        'Give a list such as [{"start": 0, "end": 5, "label": "PERSON"}].',
    ),
    "spans: no text": (
        drop(marked, text=""),
        "r.jsonl, row 5, column 'text': expected a text; found an empty cell. Fill in the text or delete the row.",
    ),
    "spans: none anywhere": (
        {"r.jsonl": lines([marked(i) | {"entities": []} for i in range(20)])},
        "r.jsonl, column 'entities': expected rows with spans; found none with any. Mark some entities.",
    ),
    "answers: a start missing": (
        drop(questioned, answers={"text": ["Paris"], "answer_start": []}),
        "r.jsonl, row 5, column 'answers': expected as many starts as answers; found 0 and 1. "
        "Give every answer its start, or leave the starts out.",
    ),
    "answers: a word the context lacks": (
        drop(questioned, answers="Paris"),
        "r.jsonl, row 5, column 'answers': expected an answer that stands in the context; "
        "found 'Paris', which does not. "
        "Copy the answer from the context letter by letter, or leave it empty for no answer.",
    ),
    "answers: elsewhere": (
        drop(questioned, answers={"text": ["Prague"], "answer_start": [0]}),
        "r.jsonl, row 5, column 'answers': expected the answer 'Prague' at character 0 of the context; "
        "found 'Entry '. It stands at 25: correct answer_start.",
    ),
    "answers: beyond the context": (
        drop(questioned, answers={"text": ["Rome"], "answer_start": [500]}),
        "r.jsonl, row 5, column 'answers': expected the answer 'Rome' at character 500 of the context; "
        "found nothing. Copy the answer from the context.",
    ),
    "answers: a number": (
        drop(questioned, answers={"text": [1815], "answer_start": [0]}),
        "r.jsonl, row 5, column 'answers': expected the text of an answer; found [1815]. "
        + ANSWERS,
    ),
    "answers: no question": (
        drop(questioned, question=None),
        "r.jsonl, row 5, column 'question': expected a question; found an empty cell. "
        "Fill in the question or delete the row.",
    ),
    "answers: no context": (
        drop(questioned, passage="  "),
        "r.jsonl, row 5, column 'passage': expected a context; found an empty cell. "
        "Fill in the context or delete the row.",
    ),
    "answers: a context of paragraphs": (
        drop(questioned, passage=["one", "two"]),
        "r.jsonl, row 5, column 'passage': expected a plain value; found a JSON array. "
        "Give each row one context, as a plain value.",
    ),
    "a summary that is empty": (
        drop(summed, highlights=""),
        "r.jsonl, row 5, column 'highlights': expected a summary; found an empty cell. "
        "Fill in the summary or delete the row.",
    ),
    "a document that is empty": (
        drop(summed, article=None),
        "r.jsonl, row 5, column 'article': expected a document; found an empty cell. "
        "Fill in the document or delete the row.",
    ),
    "a summary of lines": (
        drop(summed, highlights=["a", "b"], number=300),
        "r.jsonl, row 5, column 'highlights': expected a plain value; found a JSON array. "
        "Give each row one summary, as a plain value.",
    ),
    "one document in all rows": (
        {
            "r.jsonl": lines(
                [summed(0) | {"highlights": f"Part {i}."} for i in range(20)]
            )
        },
        "r.jsonl: expected texts that differ; found one text in all 20 rows. "
        "Check the export: every row holds the same text.",
    ),
    "a language missing": (
        drop(translated, translation={"en": "Page"}),
        "r.jsonl, row 5, column 'translation': expected a text in 'de'; found an empty cell. "
        "Fill in the text or delete the row.",
    ),
    "both languages missing": (
        drop(translated, translation=None),
        "r.jsonl, row 5, column 'translation': expected a text in two languages; found an empty cell. "
        'Write {"en": "…", "de": "…"} or delete the row.',
    ),
    "an empty translation inside an object": (
        drop(translated, translation={"en": "Page", "de": " "}),
        "r.jsonl, row 5, column 'translation': expected a text in 'de'; found an empty cell. "
        "Fill in the text or delete the row.",
    ),
    "an empty translation": (
        {
            "r.csv": "en,de\n"
            + "".join(f"Page {i},Seite {i}\n" for i in range(12))
            + "Page,\n"
        },
        "r.csv, row 14, column 'de': expected a target; found an empty cell. Fill in the target or delete the row.",
    ),
    "an empty completion": (
        drop(prompted, output=" "),
        "r.jsonl, row 5, column 'output': expected a completion; found an empty cell. "
        "Fill in the completion or delete the row.",
    ),
    "an empty prompt": (
        drop(prompted, instruction=None),
        "r.jsonl, row 5, column 'instruction': expected a prompt; found an empty cell. "
        "Fill in the prompt or delete the row.",
    ),
    "an input that is a list": (
        {
            "r.jsonl": lines(
                [*map(prompted, range(120)), prompted(120) | {"input": ["a"]}]
            )
        },
        "r.jsonl, row 121, column 'input': expected a plain value; found a JSON array. "
        "Give each row one context, as a plain value.",
    ),
    "a text that is empty": (
        {
            "r.jsonl": lines(
                [{"content": f"story {i}"} for i in range(12)] + [{"content": None}]
            )
        },
        "r.jsonl, row 13, column 'content': expected a text; found an empty cell. Fill in the text or delete the row.",
    ),
    "chats: an unknown role": (
        drop(chatted, conversations=message(("human", "a"), ("narrator", "b"))),
        "r.jsonl, row 5, column 'conversations': expected a role (system, user, assistant); found 'narrator'. "
        "Correct the role.",
    ),
    "chats: a message without a role": (
        drop(chatted, conversations=["hello"]),
        "r.jsonl, row 5, column 'conversations': expected a role (system, user, assistant); found 'hello'. "
        "Correct the role.",
    ),
    "chats: an empty message": (
        drop(chatted, conversations=message(("human", " "), ("gpt", "b"))),
        "r.jsonl, row 5, column 'conversations': expected a message with content; found an empty one of the user. "
        "Fill in the content or delete the row.",
    ),
    "chats: a message of parts": (
        drop(
            chatted, conversations=message(("human", [{"type": "image"}]), ("gpt", "b"))
        ),
        "r.jsonl, row 5, column 'conversations': expected a message with a text; found [{'type': 'image'}] of the "
        "user. Write the content as one text; pictures and calls of tools cannot be learnt.",
    ),
    "chats: the user's last word": (
        drop(
            chatted, conversations=message(("human", "a"), ("gpt", "b"), ("human", "c"))
        ),
        "r.jsonl, row 5, column 'conversations': expected a last message of the assistant; found one of the user. "
        "Let every chat end with the answer that is to be learnt.",
    ),
    "chats: nobody asked": (
        drop(chatted, conversations=message(("system", "a"), ("gpt", "b"))),
        "r.jsonl, row 5, column 'conversations': expected a message of the user; found none. "
        "Put what is answered before the answer.",
    ),
    "chats: no list": (
        drop(chatted, conversations="hello"),
        f"r.jsonl, row 5, column 'conversations': expected a list of messages; found 'hello'. {CHATS}",
    ),
    "chats: no messages": (
        drop(chatted, conversations=[]),
        f"r.jsonl, row 5, column 'conversations': expected a list of messages; found []. {CHATS}",
    ),
    "pairs: no second text": (
        drop(paired, positive=None),
        "r.jsonl, row 5, column 'positive': expected a text pair; found an empty cell. "
        "Fill in the text pair or delete the row.",
    ),
    "scored pairs: no number": (
        {
            "r.jsonl": lines(
                [*map(scored, range(120)), scored(120) | {"similarity": "very"}]
            )
        },
        "r.jsonl, row 121, column 'similarity': expected a number; found 'very'. "
        "Write how alike the two are, such as 3.5, or delete the row.",
    ),
    "scored pairs: words instead of numbers": (
        {"r.jsonl": lines([paired(i) | {"score": "alike"} for i in range(12)])},
        "r.jsonl, row 1, column 'score': expected a number; found 'alike'. "
        "Write how alike the two are, such as 3.5, or delete the row.",
    ),
    "scored pairs: an infinite number": (
        drop(scored, similarity=10**400),
        "r.jsonl, row 5, column 'similarity': expected a number; found 1"
        + "0" * 58
        + "…. "
        "Write how alike the two are, such as 3.5, or delete the row.",
    ),
    "an input that is empty": (
        {
            "r.csv": "input_text,target_text\n"
            + "".join(f"plural of {i},x\n" for i in range(12))
            + ",x\n"
        },
        "r.csv, row 14, column 'input_text': expected an input text; found an empty cell. "
        "Fill in the input text or delete the row.",
    ),
}
