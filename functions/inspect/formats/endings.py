"""Endings of files that hold data in a way that is not read, each with what its owner can do."""

from __future__ import annotations

from dataclasses import dataclass

_AS_CSV = "Export the table as CSV (UTF-8) and upload that."


@dataclass(frozen=True)
class UnreadableEnding:
    """What a file of some ending is, with its article, and what to do instead."""

    name: str
    remedy: str


def _all(endings: str, name: str, remedy: str) -> dict[str, UnreadableEnding]:
    return dict.fromkeys(endings.split(), UnreadableEnding(name, remedy))


UNREADABLE_ENDINGS: dict[str, UnreadableEnding] = {
    **_all(
        "doc docx odt rtf",
        "a text document",
        "Save its table as CSV, or its text as .txt.",
    ),
    **_all(
        "pdf",
        "a PDF document",
        "Copy its text into a .txt file, or its table into a CSV.",
    ),
    **_all("ppt pptx key", "a presentation", "Copy its text into a .txt file."),
    **_all("numbers", "a Numbers spreadsheet", _AS_CSV),
    **_all(
        "pkl pickle joblib",
        "a Python pickle, which can run any code when it is opened",
        'Write the table with DataFrame.to_parquet("train.parquet").',
    ),
    **_all(
        "spacy",
        "a DocBin of spaCy",
        'Write it as JSON Lines: docs = DocBin().from_disk("train.spacy").get_docs(spacy.blank("en").vocab); '
        'for doc in docs: print(json.dumps({"text": doc.text, "entities": [[e.start_char, e.end_char, e.label_] '
        "for e in doc.ents]})); with classes, doc.cats as cats in place of entities.",
    ),
    **_all(
        "npy npz", "a NumPy file", "Write the texts and labels as CSV or JSON Lines."
    ),
    **_all(
        "pt pth bin safetensors",
        "a file of weights",
        "For a model, drop model.tar.gz alone.",
    ),
    **_all(
        "h5 hdf hdf5",
        "an HDF5 file",
        'Write the table with to_parquet("train.parquet").',
    ),
    **_all(
        "db sqlite sqlite3 sql", "a database", "Export the table of the texts as CSV."
    ),
    **_all("rds rdata dta sav sas7bdat", "a file of a statistics program", _AS_CSV),
    **_all(
        "avro orc", "a table of another columnar format", "Write the table as Parquet."
    ),
    **_all(
        "tfrecord tfrecords",
        "a TFRecord file",
        "Write its examples as JSON Lines, one object a line.",
    ),
    **_all(
        "ann",
        "brat annotations beside a text",
        'Write each text as a line of JSON: {"text": …, "entities": [{"start": 0, "end": 5, '
        '"label": "PER"}]}.',
    ),
    **_all(
        "rar 7z lz4 lz tar-bz2",
        "an archive of a kind that is not read",
        "Pack it as .zip.",
    ),
    **_all("html htm xhtml", "an HTML page", "Copy its table into a CSV."),
    **_all(
        "xml",
        "an XML file",
        "Write its records as CSV or JSON Lines; TMX is read as .tmx.",
    ),
    **_all(
        "md rst tex",
        "a document with markup",
        "Save its text as .txt, one text a line.",
    ),
    **_all("py ipynb r jl", "a program", "Put your training script at code/train.py."),
    **_all(
        "yaml yml toml ini cfg",
        "a settings file",
        "Settings belong into traindrop.yaml.",
    ),
    **_all(
        "png jpg jpeg gif webp bmp tif tiff",
        "an image",
        "Traindrop learns from text: leave the images out.",
    ),
    **_all(
        "wav mp3 flac ogg m4a mp4 avi mov",
        "sound or video",
        "Traindrop learns from text: leave the recordings out.",
    ),
    **_all(
        "conllu conllx",
        "a CoNLL-U treebank",
        "Write token and tag as two columns with a tab, and a blank line after each sentence, "
        "into a .conll file.",
    ),
}
