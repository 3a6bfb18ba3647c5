"""Broken drops and, word for word, what is said of each."""

from __future__ import annotations

import gzip
import io
import zipfile

from tests.unit.functions.drops import reviews

LINES = reviews().splitlines()
EXTENSIONS = (
    ".csv, .tsv, .tab, .jsonl, .ndjson, .manifest, .json, .txt, .text, .data, .conll, .bio, .iob, "
    ".iob2, .bioes, .ner, .tmx, .parquet, .pq, .arrow, .feather, .xlsx, .xlsm, .xlsb, .xls, .ods "
    "(each also .gz, .bz2, .xz, .zst)"
)
QUOTES = 'Close the quote; inside quotes, write a quote character twice ("").'
DOUBLED = 'inside quotes, write a quote character twice ("").'
EXPORT = "Export the table as CSV (UTF-8) and upload that."
SHEET = "Save the sheet that holds the texts as CSV (UTF-8) and upload that."
FEW = "Add rows: below a few hundred a model hardly beats guessing, below 10 it can't be judged."
NAMES_OF_TEXT = "Name the column 'text' (or sentence, review, content, message, body)."
NAMES_OF_LABEL = (
    "Name the column 'label' (or labels, class, category, sentiment, target)."
)
JSON_ROWS = "an array of JSON objects, or one object per line"


def with_line(number: int, line: str) -> str:
    """Twenty good reviews and one line more."""
    return "\n".join([*LINES[: number - 1], line, *LINES[number - 1 :]]) + "\n"


def labelled(labels: list[str]) -> str:
    return "text,label\n" + "".join(
        f"film {i},{label}\n" for i, label in enumerate(labels)
    )


def workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return content.getvalue()


def office() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return content.getvalue()


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("reviews.csv", reviews())
    return content.getvalue()


CONTENTS: dict[str, tuple[bytes | str, str]] = {
    "no header": (
        "\n".join(LINES[1:]),
        "r.csv, row 1: expected a header row with the names of the columns; found data in the first row: "
        "'a film of kind 0', 'bad'. Add a first line with the names, for example text,label",
    ),
    "no header, numbers as labels": (
        "".join(f"I saw it on day {i} and liked it very much,{i}\n" for i in range(20)),
        "r.csv, row 1: expected a header row with the names of the columns; found data in the first row: "
        "'I saw it on day 0 and liked it very much', '0'. Add a first line with the names, for example text,label",
    ),
    "no known column": (
        reviews(header="foo,bar").replace("a film of kind ", "film"),
        "r.csv: expected a column for the text and a column for the label; found the columns 'foo', 'bar'. "
        f"{NAMES_OF_TEXT} {NAMES_OF_LABEL}",
    ),
    "a slip in a column's name": (
        reviews(header="text,lable").replace("a film of kind ", "film"),
        "r.csv: expected a column for the label; found the columns 'text', 'lable'. "
        "Column 'lable' looks like 'label': rename it to 'label'.",
    ),
    "a column twice": (
        reviews(header="text,text"),
        "r.csv, row 1: expected column names that differ; found 'text' twice. Rename or delete the repeated column.",
    ),
    "one class": (
        reviews().replace("bad", "good"),
        "r.csv, column 'label': expected at least two different labels; found only 'good' in every row. "
        "Add rows of another class: a classifier with one answer learns nothing.",
    ),
    "an empty text": (
        with_line(6, ",good"),
        "r.csv, row 6, column 'text': expected a text; found an empty cell. Fill in the text or delete the row.",
    ),
    "an empty label": (
        with_line(6, "fine,  "),
        "r.csv, row 6, column 'label': expected a label; found an empty cell. Fill in the label or delete the row.",
    ),
    "a quote left open": (
        with_line(6, '"a film,good'),
        "r.csv, row 6: expected a closing quote; found a quote that opens on line 6 and is not closed before the file "
        f"ends. {QUOTES}",
    ),
    "text after a quote": (
        with_line(6, '"an "odd" quote",good'),
        "r.csv, row 6: expected a comma or the end of the row after a closing quote; found text after a closing quote "
        f"on line 6. {QUOTES}",
    ),
    "a quote that swallows rows": (
        with_line(6, '"a film,good').replace("kind 9", 'kind 9" more'),
        "r.csv, row 6: expected a comma or the end of the row after a closing quote; found text after a closing quote "
        f"in the row on lines 6 to 12. {QUOTES}",
    ),
    "a quote that is closed some rows later": (
        with_line(6, '"a film,good').replace("kind 9,", 'kind 9",'),
        "r.csv, row 6: expected a cell that ends in its own row; found one of 7 lines, in the row on lines 6 to 12, "
        "of which 7 look like rows of the table, such as 'a film of kind 4,bad'. Close the quote that opens on line "
        f"6; {DOUBLED} If the text has such lines, write the rows as JSON Lines.",
    ),
    "a quote that is closed some labels later": (
        with_line(6, 'a film,"good').replace("kind 9,good", 'kind 9,good"'),
        "r.csv, row 6: expected a cell that ends in its own row; found one of 7 lines, in the row on lines 6 to 12, "
        "of which 7 look like rows of the table, such as 'a film of kind 4,bad'. Close the quote that opens on line "
        f"6; {DOUBLED} If the text has such lines, write the rows as JSON Lines.",
    ),
    "a quote that opens in the header": (
        reviews(header='text,"label').replace("kind 19,good", 'kind 19,good"'),
        "r.csv: expected a cell that ends in its own row; found one of 21 lines, in the row on lines 1 to 21, "
        "of which 21 look like rows of the table, such as 'a film of kind 0,bad'. Close the quote that opens on line "
        f"1; {DOUBLED} If the text has such lines, write the rows as JSON Lines.",
    ),
    "a quote that opens in the last row": (
        f'{reviews(100)}"never closed,good\nmore,bad\n',
        "r.csv, row 102: expected a closing quote; found a quote that opens on line 102 and is not closed before the "
        f"file ends. {QUOTES}",
    ),
    "a cell without end": (
        with_line(6, '"' + "\n".join("a" * 1000 for _ in range(1100)) + '",good'),
        "r.csv, row 6: expected cells of at most 1,048,576 characters; found a longer one that starts on line 6. "
        f"Cut it. {QUOTES}",
    ),
    "too few cells": (
        with_line(6, "only one"),
        "r.csv, row 6: expected 2 cells, as in the header; found 1, the last being 'only one'. "
        "Add the missing cells, or delete the row.",
    ),
    "too many cells": (
        with_line(6, "one, two,good"),
        "r.csv, row 6: expected 2 cells, as in the header; found 3, the first one too many being 'good'. "
        "Put a text that contains a comma in double quotes.",
    ),
    "PNG": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        f"r.csv: expected text; found a PNG image. {EXPORT}",
    ),
    "JPEG": (
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        f"r.csv: expected text; found a JPEG image. {EXPORT}",
    ),
    "PDF": (
        b"%PDF-1.7\n%\xe2\xe3",
        f"r.csv: expected text; found a PDF document. {EXPORT}",
    ),
    "Parquet": (
        b"PAR1\x15\x04\x15",
        "r.csv: expected text; found a Parquet file. Rename it to .parquet.",
    ),
    "a Word document": (
        office(),
        f"r.csv: expected text; found an office document. {EXPORT}",
    ),
    "an empty workbook": (
        workbook(),
        f"r.csv: expected a spreadsheet; found one that cannot be read (Cannot detect file format). {SHEET}",
    ),
    "an old document": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"r.csv: expected a spreadsheet; found one that cannot be read (Cannot detect file format). {SHEET}",
    ),
    "ZIP": (
        archive(),
        "r.csv: expected text; found a ZIP archive. Unpack it and upload the table inside.",
    ),
    "gzip without .gz": (
        gzip.compress(reviews().encode()),
        "r.csv: expected text; found a gzip file. Add .gz to its name, for example reviews.csv.gz.",
    ),
    "HTML": (
        "<!DOCTYPE html>\n<html><body>Please log in</body></html>",
        "r.csv: expected text; found an HTML page. "
        "It may be an error or log-in page: download the data again and look into the file.",
    ),
    "Git LFS pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
        "r.csv: expected text; found a Git LFS pointer, not the data. Run git lfs pull and upload the real file.",
    ),
    "JSON": (
        '{"text":"a","label":"b"}\n',
        'r.csv: expected a CSV header; found JSON: \'{"text":"a","label":"b"}\'. '
        "Rename it to .jsonl (one object per line) or .json (an array of objects).",
    ),
    "zero bytes": (
        b"",
        "r.csv: expected rows of text; found an empty file (zero bytes). "
        "Upload the file again: it may have been cut off.",
    ),
    "only blank lines": (
        "\n\r\n  \n",
        "r.csv: expected rows of text; found only blank lines. Upload the file again: it may have been cut off.",
    ),
    "header only": (
        "text,label\n",
        f"r.csv: expected at least 10 rows to train on; found none. {FEW}",
    ),
    "four rows": (
        reviews(4),
        f"r.csv: expected at least 10 rows to train on; found 4. {FEW}",
    ),
    "one line without end": (
        b"a" * 3_000_000,
        "r.csv: expected lines of at most 1,048,576 characters; found a longer one (line 1). "
        "Put each row on a line of its own; if the row really is so long, cut its text.",
    ),
    "a NUL byte": (
        with_line(4, "a\0b,good"),
        "r.csv: expected text; found a NUL byte in line 4. "
        "Save the file as UTF-8 text; of UTF-16 only what holds some ASCII is recognised.",
    ),
    "a class with one text": (
        with_line(6, "so so,neutral"),
        "r.csv, row 6, column 'label': expected at least 2 different texts for each label; "
        "found only one for 'neutral'. Add rows of this label, correct it if it is a slip, or delete its row.",
    ),
    "labels that are free text": (
        labelled([f"opinion {i}" for i in range(30)]),
        "r.csv, column 'label': expected class names that repeat; found 30 different values in 30 rows, for example "
        "'opinion 0'. Check that the label column holds class names, not free text, ids or scores.",
    ),
    "more labels than can be counted": (
        labelled([f"opinion {i}" for i in range(4000)]),
        "r.csv, column 'label': expected class names that repeat; found more than 2,047 different values in 4,000 "
        "rows, for example 'opinion 0'. Check that the label column holds class names, not free text, ids or scores.",
    ),
    "too many classes": (
        labelled([f"class {i % 1001}" for i in range(4004)]),
        "r.csv, column 'label': expected at most 1,000 different labels; found 1,001. "
        "Check that the label column holds class names, not free text or numbers.",
    ),
    "a label as long as a text": (
        reviews().replace("bad", "b" * 300),
        "r.csv, row 2, column 'label': expected labels of at most 200 characters; found 300 characters, beginning "
        f"'{'b' * 39}…'. Give the class a short name.",
    ),
    "one text in all rows": (
        "text,label\n" + "a film,good\na film,bad\n" * 10,
        "r.csv: expected texts that differ; found one text in all 20 rows. "
        "Check the export: every row holds the same text.",
    ),
    "every text contradicted": (
        "text,label\n" + "".join(f"film {i},good\nfilm {i},bad\n" for i in range(10)),
        "r.csv, column 'label': expected texts with one label each; found every text with more than one label. "
        "Give each text one label.",
    ),
}
