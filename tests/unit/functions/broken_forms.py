"""Drops whose files do not belong together, or whose settings or code cannot be, and what is said of each."""

from __future__ import annotations

import gzip

from tests.unit.functions.broken_drops import EXTENSIONS, FEW, JSON_ROWS, workbook
from tests.unit.functions.drops import reviews

FILES: dict[str, tuple[dict[str, bytes | str], str]] = {
    "not gzip": (
        {"r.csv.gz": reviews()},
        "r.csv.gz: expected a gzip file; found something else. Remove .gz from the name, or compress the file.",
    ),
    "gzip cut off": (
        {"r.csv.gz": gzip.compress(reviews(2000).encode(), mtime=0)[:-50]},
        "r.csv.gz: expected a complete gzip file; found a damaged one (Compressed file ended before the end-of-stream "
        "marker was reached). Compress the file again and upload it whole.",
    ),
    "broken JSON line": (
        {"r.jsonl": '{"text": "a", "label": "b"}\n{"text": a}\n'},
        "r.jsonl, row 2: expected one JSON object on the line; found broken JSON (Expecting value at column 10). "
        "Correct the line; strings and keys need double quotes.",
    ),
    "a JSON line that is no object": (
        {"r.jsonl": '{"text": "a", "label": "b"}\n["a", "b"]\n'},
        "r.jsonl, row 2: expected one JSON object on the line; found an array, which names no columns. "
        'Write each row as an object, {"column": value, …}: with pandas, orient="records".',
    ),
    "several labels in a row": (
        {
            "r.jsonl": '{"text": "a", "class": "b"}\n' * 101
            + '{"text": "a", "class": ["b", "c"]}\n'
        },
        "r.jsonl, row 102, column 'class': expected a plain value; found a JSON array. "
        "Give each row one label, as a plain value.",
    ),
    "an array as JSON Lines": (
        {"r.jsonl": '[{"text": "a", "label": "b"}]'},
        "r.jsonl: expected at least 10 rows to train on; found 1. Add rows: below a few hundred a model hardly "
        "beats guessing, below 10 it can't be judged.",
    ),
    "a JSON array cut off": (
        {"r.json": '[{"text": "a", "label": "b"}, {"text": "a", '},
        f"r.json: expected {JSON_ROWS}; found broken JSON at element 2 (Expecting property name enclosed in double "
        "quotes). Correct it there, or upload the file again if it was cut off.",
    ),
    "no JSON": (
        {"r.json": "hello"},
        f"r.json: expected {JSON_ROWS}; found text that begins with 'hello'. "
        "Correct it there, or upload the file again if it was cut off.",
    ),
    "an empty JSON array": (
        {"r.json": "[]"},
        "r.json: expected rows with named columns; found none. Check the export.",
    ),
    "a slip in the extension": (
        {"r.cvs": reviews()},
        f"r.cvs: expected a file ending in {EXTENSIONS}; found the extension .cvs. "
        "Rename it to the ending that fits its content, or save the table as CSV.",
    ),
    "an unknown extension": (
        {"r.docx": "x"},
        "r.docx: expected a file of texts, or a table; found a text document. "
        "Save its table as CSV, or its text as .txt.",
    ),
    "two data files": (
        {"a.csv": reviews(), "b.csv": reviews()},
        "expected one data file, or files named train, validation and test; found 2 files: 'a.csv', 'b.csv'. "
        "Join them into one file, or rename them to train.…, validation.… and test.….",
    ),
    "a data file and a stranger": (
        {"a.csv": reviews(), "b.xslx": workbook()},
        f"b.xslx: expected a file ending in {EXTENSIONS}; found the extension .xslx. "
        "Rename it to the ending that fits its content, or save the table as CSV.",
    ),
    "no data yet": (
        {"traindrop.yaml": "task: fill-mask\n"},
        "expected data, or a model archive; found only 'traindrop.yaml'. "
        "Upload the data too; or name a model under hub: in traindrop.yaml to deploy it as it is.",
    ),
    "two settings files": (
        {
            "a.csv": reviews(),
            "traindrop.yaml": "task: fill-mask\n",
            "traindrop.yml": "task: fill-mask\n",
        },
        "expected one settings file; found 'traindrop.yaml', 'traindrop.yml'. Leave the one that holds.",
    ),
    "long settings": (
        {"a.csv": reviews(), "traindrop.yaml": "#" * 70_000},
        "traindrop.yaml: expected at most 65,536 bytes of settings; found 70,000. Shorten the file.",
    ),
    "a column that is not there": (
        {"a.csv": reviews(), "traindrop.yaml": "columns:\n  text: txet\n"},
        "traindrop.yaml, line 2, 'columns.text': expected a column of the data; found 'txet', and the columns "
        "'text', 'label'. Did you mean 'text'? Correct it.",
    ),
    "code without a script": (
        {"a.csv": reviews(), "code/predict.py": "x = 1"},
        "expected code/inference.py, code/train.py or code/requirements.txt; found 'code/predict.py'. "
        "Give the script the name that SageMaker's containers look for.",
    ),
    "code that is no Python": (
        {"a.csv": reviews(), "code/inference.py": "import json\ndef model_fn(:\n"},
        "code/inference.py, row 2: expected Python that can be read; found invalid syntax. Correct the line.",
    ),
    "a hook with too many parameters": (
        {
            "a.csv": reviews(),
            "code/inference.py": "def model_fn(a, b, c):\n    return a\n",
        },
        "code/inference.py, row 1: expected model_fn with 1 parameter, and perhaps a context; found 3. "
        "Change its definition.",
    ),
    "hooks that exclude each other": (
        {
            "a.csv": reviews(),
            "code/inference.py": "def predict_fn(data, model): ...\ndef transform_fn(model, body, kind, accept): ...\n",
        },
        "code/inference.py, row 2: expected transform_fn alone; found predict_fn beside it. "
        "Remove one or the other: transform_fn replaces input_fn, predict_fn and output_fn.",
    ),
    "a script without data": (
        {"code/train.py": "print(1)"},
        "expected data beside the training script; found none. "
        "Upload it below train/, or as train.csv, beside the folder code/.",
    ),
    "a script's folder that can be no channel": (
        {"code/train.py": "print(1)", "my data/a.csv": "x"},
        "expected folders that can be channels of a training job (letters, digits, dot, hyphen, underscore); "
        "found 'my data'. Rename the folder.",
    ),
    "a script's folder whose name is taken": (
        {"code/train.py": "print(1)", "base/a.csv": "x"},
        "expected folders that can be channels of a training job (letters, digits, dot, hyphen, underscore); "
        "found 'base', which is taken. Rename the folder.",
    ),
    "save_to_disk without its data": (
        {"train/state.json": "{}", "dataset_dict.json": "{}"},
        "train/state.json: expected the .arrow files beside state.json; found none in train/. "
        'Save it anew with DatasetDict({"train": …, "test": …}).save_to_disk(folder) and upload the whole folder.',
    ),
    "save_to_disk with other splits": (
        {
            f"{split}/{name}": "x"
            for split in ("train", "unsupervised")
            for name in ("state.json", "data.arrow")
        },
        "expected splits called train, validation and test; found 'unsupervised'. "
        "Rename the split, or remove its folder. "
        'Save it anew with DatasetDict({"train": …, "test": …}).save_to_disk(folder) and upload the whole folder.',
    ),
    "save_to_disk with a stranger": (
        {"train/state.json": "{}", "train/data.arrow": "x", "notes.docx": "x"},
        "expected only the files that save_to_disk writes; found 'notes.docx'. Remove what else lies there.",
    ),
    "files in folders": (
        {"first/a.csv": reviews(), "second/b.csv": reviews()},
        "expected data files directly in the model's folder, or in folders called train, validation and test; "
        "found 'first/a.csv', 'second/b.csv'. "
        "Move the files up into datasets/<model>/, or drop each folder as a model of its own.",
    ),
    "folders without a train folder": (
        {"test/a.csv": reviews(), "dev/a.csv": reviews()},
        "expected a folder called train; found 'dev', 'test'. Add the rows to learn from in a folder called train.",
    ),
    "no train file": (
        {"test.csv": reviews(), "dev.csv": reviews()},
        "expected a train file; found 'dev.csv', 'test.csv'. "
        "Add the rows to learn from as train.csv (or .tsv, .jsonl, .json, .parquet).",
    ),
    "two validation files": (
        {"train.csv": reviews(), "dev.csv": reviews(), "valid.csv": reviews()},
        "expected one validation file; found 'dev.csv', 'valid.csv'. Leave the one that holds the rows, or join them.",
    ),
    "a stranger among splits": (
        {"train.csv": reviews(), "more.csv": reviews()},
        "expected only train, validation and test files next to each other; found 'more.csv'. "
        "Remove or rename what belongs to no split.",
    ),
    "a split of unknown extension": (
        {"train.csv": reviews(), "test.xslx": workbook()},
        f"test.xslx: expected a file ending in {EXTENSIONS}; found the extension .xslx. "
        "Rename it to the ending that fits its content, or save the table as CSV.",
    ),
    "splits with different columns": (
        {"train.csv": reviews(), "test.csv": reviews(start=50, header="text,class")},
        "test.csv: expected the column 'label', as in the first file; found the columns 'text', 'class'. "
        "Name the columns alike in every file.",
    ),
    "a label only in test": (
        {"train.csv": reviews(), "test.csv": reviews(5, start=50) + "so so,odd\n"},
        "test.csv, row 7, column 'label': expected a label that the train file has; found 'odd'. "
        "Correct the label, or add rows of it to the train file.",
    ),
    "an empty test file": (
        {"train.csv": reviews(), "test.csv": "text,label\n"},
        "test.csv: expected rows to test on; found none. "
        "Add rows, or remove the file: rows are then held out of the train file.",
    ),
    "train rows that are all in test": (
        {"train.csv": reviews(), "test.csv": reviews()},
        "train.csv: expected at least 10 rows to train on; found none besides 20 that the validation or test file "
        f"holds too. {FEW}",
    ),
}
