"""Datasets for the end-to-end tests: small ones that a tiny model learns, and broken ones."""

from __future__ import annotations

import csv
import io
import random

GOOD = ("good", "fine", "great", "lovely")
BAD = ("bad", "awful", "poor", "dull")
FILLER = ("film", "plot", "cast", "music", "scene", "story", "end", "start")


def sentence(words: tuple[str, ...], source: random.Random) -> str:
    return " ".join(
        source.choice(words if n % 2 else FILLER) for n in range(source.randint(4, 9))
    )


def reviews(
    rows: int = 160,
    seed: int = 0,
    header: tuple[str, str] = ("review", "sentiment"),
    *,
    good: tuple[str, ...] = GOOD,
    bad: tuple[str, ...] = BAD,
    guessed: bool = False,
) -> bytes:
    """A balanced CSV of positive and negative sentences that share no telling word; `guessed` labels tell nothing."""
    source, file = random.Random(seed), io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    for row in range(rows):
        positive = row % 2 == 0
        text = sentence(good if positive else bad, source)
        label = source.random() < 0.5 if guessed else positive
        writer.writerow([text, "positive" if label else "negative"])
    return file.getvalue().encode()


def _without_header() -> bytes:
    return reviews().split(b"\r\n", 1)[1]


def _one_class() -> bytes:
    return b"text,label\n" + b"".join(
        b"a fine film number %d,positive\n" % n for n in range(30)
    )


def _empty_texts() -> bytes:
    lines = reviews(40).split(b"\r\n")
    lines[7] = b",positive"
    return b"\n".join(lines)


def _broken_quotes() -> bytes:
    lines = reviews(40).split(b"\r\n")
    lines[12] = b'"a quote that never ends,positive'
    return b"\n".join(lines)


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8

BROKEN: dict[str, tuple[bytes, str]] = {
    "no header": (_without_header(), "header"),
    "one class": (_one_class(), "two different labels"),
    "empty texts": (_empty_texts(), "row 8"),
    "broken quotes": (_broken_quotes(), "quote"),
    "a picture": (PNG, "PNG"),
    "zero bytes": (b"", "empty"),
    "one long line": (b"text,label\n" + b"x" * 60_000_000, "line 2"),
}
"""Name -> the file, and a word that the problem must hold."""
