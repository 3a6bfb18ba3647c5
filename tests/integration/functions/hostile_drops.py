"""Drops that are small to upload and large to read, or whose parts are none: what each is made of.

As a program: inspects one case with a process of its own, and prints its answer and how much memory it took.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import pickle
import resource
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Files = dict[str, bytes]
CASES: dict[str, Callable[[], Files]] = {}
ROWS = b"text,label\n" + b"a fine film,pos\nbad one,neg\n" * 50
CONFIG = json.dumps({"architectures": ["BertForSequenceClassification"]}).encode()
MODEL = [
    ("config.json", CONFIG),
    ("model.safetensors", b"x" * 100),
    ("tokenizer.json", b"{}"),
]
MEGABYTE = 2**20


def case(make: Callable[[], Files]) -> Callable[[], Files]:
    CASES[make.__name__] = make
    return make


def packed(
    members: Iterable[tuple[str, bytes]],
    mode: str = "w:gz",
    **headers: dict[str, str],
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), headers.get("pax_headers", {})
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def compressed(opened: Any, head: bytes, piece: bytes, count: int) -> bytes:
    """`head`, then `piece` so many times."""
    buffer = io.BytesIO()
    with opened(buffer) as file:
        file.write(head)
        for _ in range(count):
            file.write(piece)
    return buffer.getvalue()


def gzipped(head: bytes, piece: bytes, count: int) -> bytes:
    return compressed(
        lambda buffer: gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1),
        head,
        piece,
        count,
    )


def parquet(columns: dict[str, list[Any]]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - large, and its memory is measured
    import pyarrow.parquet as pq  # noqa: PLC0415

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


# ---- archives of models ----------------------------------------------------------------------------------------------


@case
def model_with_much_code() -> Files:
    code = [(f"code/f{i}.py", b"#" * 4_000_000) for i in range(300)]
    return {"model.tar.gz": packed([*MODEL, *code])}


@case
def model_with_a_huge_header() -> Files:
    comment = {"comment": "x" * 200_000_000}
    return {"model.tar.gz": packed([("a" * 100, b"x")], pax_headers=comment)}


@case
def model_with_a_million_files() -> Files:
    names = ((f"f{i}", b"") for i in range(100_000))
    return {"model.tar.gz": packed([*MODEL, *names])}


@case
def model_that_unpacks_to_gigabytes() -> Files:
    info = tarfile.TarInfo("model.safetensors")
    info.size = 2**33
    head = info.tobuf(tarfile.GNU_FORMAT)
    return {"model.tar.gz": gzipped(head, b"\0" * 2**20, 1)}


@case
def model_with_zeros_behind_it() -> Files:
    whole = packed(MODEL, mode="w")
    return {"model.tar.gz": gzipped(whole, b"\0" * 2**24, 16)}


@case
def model_whose_architectures_are_an_object() -> Files:
    config = b'{"architectures": {"a": 1}, "id2label": {"0": "a"}}'
    return {"model.tar.gz": packed([("config.json", config), *MODEL[1:]])}


@case
def model_whose_architectures_are_a_number() -> Files:
    return {
        "model.tar.gz": packed([("config.json", b'{"architectures": 5}'), *MODEL[1:]])
    }


@case
def model_with_a_deep_config() -> Files:
    config = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return {"model.tar.gz": packed([("config.json", config), *MODEL[1:]])}


# ---- tables ----------------------------------------------------------------------------------------------------------


@case
def gzip_of_equal_rows() -> Files:
    return {
        "data.csv.gz": gzipped(b"text,label\n", b"a fine film,positive\n" * 50_000, 200)
    }


@case
def gzip_of_one_line() -> Files:
    return {"data.csv.gz": gzipped(b"text,label\n", b"a" * MEGABYTE, 160)}


@case
def xz_of_equal_rows() -> Files:
    rows = b"a fine film,positive\n" * 50_000
    return {
        "data.csv.xz": compressed(
            lambda buffer: lzma.LZMAFile(buffer, "wb", preset=0),
            b"text,label\n",
            rows,
            200,
        )
    }


@case
def zip_of_equal_rows() -> Files:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "data.csv", b"text,label\n" + b"a fine film,pos\n" * 10_000_000
        )
    return {"data.zip": buffer.getvalue()}


@case
def parquet_with_a_huge_cell() -> Files:
    return {
        "data.parquet": parquet(
            {"text": ["a" * 1_500_000_000, "b"], "label": ["p", "n"]}
        )
    }


@case
def parquet_of_many_columns() -> Files:
    columns: dict[str, list[Any]] = {f"c{i}": [1] for i in range(50_000)}
    return {"data.parquet": parquet(columns | {"text": ["a"], "label": ["b"]})}


def arrow(texts: Any, batches: int) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - large, and its memory is measured

    batch = pa.record_batch({"text": texts, "label": ["p"] * len(texts)})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, batch.schema, options=options) as writer:
        for _ in range(batches):
            writer.write_batch(batch)
    return buffer.getvalue()


@case
def arrow_with_a_huge_batch() -> Files:
    return {"data.arrow": arrow(["a" * 1_000] * 1_200_000, batches=1)}


@case
def arrow_of_equal_batches() -> Files:
    return {"data.feather": arrow(["a" * 1_000] * 20_000, batches=100)}


@case
def parquet_of_very_many_rows() -> Files:
    import pyarrow as pa  # noqa: PLC0415 - large, and its memory is measured
    import pyarrow.parquet as pq  # noqa: PLC0415

    repeated = pa.repeat(pa.scalar(0, pa.int8()), 21_000_000)
    columns = {
        "text": pa.DictionaryArray.from_arrays(repeated, pa.array(["a" * 1_000])),
        "label": pa.DictionaryArray.from_arrays(repeated, pa.array(["p"])),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return {"data.parquet": buffer.getvalue()}


@case
def json_lines_of_many_keys() -> Files:
    lines = []
    for row in range(2_000):
        cells = {f"k{row}_{number}": number for number in range(200)}
        lines.append(json.dumps({"text": f"t{row}", "label": "ab"[row % 2], **cells}))
    return {"data.jsonl": "\n".join(lines).encode()}


@case
def csv_of_many_columns() -> Files:
    names = ",".join(f"c{i}" for i in range(1_000_000))
    return {"data.csv": f"{names}\n{names}\n".encode()}


@case
def deep_json() -> Files:
    return {"data.json": b"[" * 200_000 + b"]" * 200_000}


@case
def deep_json_line() -> Files:
    text = b"[" * 200_000 + b"]" * 200_000
    return {"data.jsonl": b'{"text":' + text + b',"label":"a"}\n'}


# ---- settings and code -----------------------------------------------------------------------------------------------


@case
def settings_of_brackets() -> Files:
    return {"data.csv": ROWS, "traindrop.yaml": b"a: " + b"[" * 60_000}


@case
def settings_of_dashes() -> Files:
    return {"data.csv": ROWS, "traindrop.yaml": b"a:\n  " + b"- " * 30_000}


@case
def settings_of_questions() -> Files:
    return {"data.csv": ROWS, "traindrop.yaml": b"? " * 30_000}


@case
def code_in_rot13() -> Files:
    return {
        "data.csv": ROWS,
        "code/inference.py": b"# -*- coding: rot13 -*-\nx=1\n",
    }


@case
def code_in_zlib() -> Files:
    return {
        "data.csv": ROWS,
        "code/inference.py": b"# -*- coding: zlib_codec -*-\nx=1\n",
    }


# ---- names -----------------------------------------------------------------------------------------------------------


@case
def name_that_climbs() -> Files:
    return {
        "code/train.py": b"print(1)\n",
        "train/../../../../x.csv": b"a",
        "train/a.csv": b"a,b\n",
    }


@case
def name_with_control_characters() -> Files:
    return {"da\x1b[2Jta\n.csv": ROWS}


@case
def code_that_climbs() -> Files:
    return {
        "code/../../../x.py": b"x",
        "code/inference.py": b"def predict_fn(d, m): return d\n",
        "data.csv": ROWS,
    }


def _made(name: str) -> Files:
    """In another process, whose memory does not count."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "files"
        if (child := os.fork()) == 0:
            path.write_bytes(pickle.dumps(CASES[name]()))
            os._exit(0)
        os.waitpid(child, 0)
        files: Files = pickle.loads(path.read_bytes())
    return files


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str) -> None:
    files = _made(name)
    from tests.unit.functions.drops import Desk  # noqa: PLC0415 - after the fork

    before = _peak_megabytes()
    record = Desk().inspect(dict(files))
    problems = [problem["message"] for problem in record.get("problems", ())]
    result = {
        "outcome": record["outcome"],
        "problem": problems[0] if problems else "",
        "megabytes": round(_peak_megabytes() - before),
        "cpu_seconds": round(resource.getrusage(resource.RUSAGE_SELF).ru_utime),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])
