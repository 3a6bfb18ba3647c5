"""Sets of good rows that no model can learn from and, word for word, what is said of each."""

from __future__ import annotations

from tests.unit.functions.task_rows import Drop, lines

EXPORT = "Check the export: a model with one answer learns nothing."
TWICE = "Check the export: one column was probably written twice."


def table(header: str, row: str, number: int = 20) -> Drop:
    """A CSV whose rows are `row` with their number in the place of `#`."""
    return {
        "r.csv": "\n".join([header, *(row.replace("#", str(i)) for i in range(number))])
        + "\n"
    }


SETS: dict[str, tuple[Drop, str]] = {
    "one number": (
        table("review,stars", "film #,1.5"),
        f"r.csv, column 'stars': expected answers that differ; found '1.5' in all 20 rows. {EXPORT}",
    ),
    "one summary": (
        table("article,highlights", "The council met on day #.,They met."),
        f"r.csv, column 'highlights': expected answers that differ; found 'They met.' in all 20 rows. {EXPORT}",
    ),
    "one translation": (
        table("en,de", "Page #,Seite"),
        f"r.csv, column 'de': expected answers that differ; found 'Seite' in all 20 rows. {EXPORT}",
    ),
    "one completion": (
        table("prompt,response", "Say #,I say nothing."),
        f"r.csv, column 'response': expected answers that differ; found 'I say nothing.' in all 20 rows. {EXPORT}",
    ),
    "one set of labels": (
        {
            "r.jsonl": lines(
                [{"text": f"film {i}", "genres": ["war"]} for i in range(20)]
            )
        },
        f"r.jsonl, column 'genres': expected answers that differ; found \"['war']\" in all 20 rows. {EXPORT}",
    ),
    "no answer at all": (
        table("question,context,answer", "Who is #?,Nobody knows #.,"),
        f"r.csv, column 'answer': expected answers that differ; found none in all 20 rows. {EXPORT}",
    ),
    "translations that are copies": (
        table("en,de", "Page #,Page #"),
        f"r.csv: expected texts that differ; found the source and the target alike in all 20 rows. {TWICE}",
    ),
    "pairs that are copies": (
        table("anchor,positive", "a dog #,a dog #"),
        f"r.csv: expected texts that differ; found the text and the text pair alike in all 20 rows. {TWICE}",
    ),
    "summaries that are copies": (
        table("document,summary", "They met on day #.,They met on day #."),
        f"r.csv: expected texts that differ; found the document and the summary alike in all 20 rows. {TWICE}",
    ),
    "one question and context": (
        {
            "r.csv": "question,context,answer\n"
            + "Who?,Ada and Max met.,Ada\nWho?,Ada and Max met.,Max\n" * 10
        },
        "r.csv: expected texts that differ; found one text in all 20 rows. "
        "Check the export: every row holds the same text.",
    ),
    "four chats": (
        {
            "r.jsonl": lines(
                [
                    {
                        "messages": [
                            {"role": "user", "content": str(i)},
                            {"role": "assistant", "content": "a"},
                        ]
                    }
                    for i in range(4)
                ]
            )
        },
        "r.jsonl: expected at least 10 rows to train on; found 4. "
        "Add rows: below a few hundred a model hardly beats guessing, below 10 it can't be judged.",
    ),
    "train rows that are all in test": (
        {
            name: table("en,de", "Page #,Seite #")["r.csv"]
            for name in ("train.csv", "test.csv")
        },
        "train.csv: expected at least 10 rows to train on; found none besides 20 that the validation or test file "
        "holds too. Add rows: below a few hundred a model hardly beats guessing, below 10 it can't be judged.",
    ),
}
