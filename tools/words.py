"""Words that identifiers must not use: `python -m tools.words`, which `make lint` runs.

Identifiers are the nouns and verbs of the field, so that a stranger can search for them. Those that are older than this
rule stand in `words_allowed.txt`, which only shrinks: `python -m tools.words --update` writes it anew, after a rename
and to resolve a merge conflict in it.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.source_modules import ROOMS, ROOT, Module, read_modules

PACKAGES = (*ROOMS, "tools", "benchmarks", "tests")
WRITTEN_AS_USERS_WRITE = "tests.tutorial"
ALLOWED_FILE = Path("tools", "words_allowed.txt")
NO_ENTRIES = ("#", "<<<<<<<", "=======", ">>>>>>>", "|||||||")

WORDS: Mapping[str, str] = {
    "told": "explain, report, notify, or what it is: message, reply",
    "untold": "unnotified, unreported",
    "heard": "parse_response, response, body",
    "said": "message, text, output, or what it is",
    "given": "settings, arguments, config, or what it is",
    "asked": "request, arguments, question",
    "manner": "protocol, mode",
    "manners": "protocols, modes",
    "lots": "rng",
    "begun": "start, started_at, prefix",
    "seal": "manifest",
    "seals": "manifests",
    "foreseen": "predicted, expected",
    "rival": "baseline, champion, candidate",
    "rivals": "baselines, champions, candidates",
}
"""Word -> what to write instead. It is refused wherever it stands in an identifier: `_told_of`, `ToldError`."""

WHOLE_NAMES: Mapping[str, str] = {
    "found": "what it is: rows, match, response, result",
    "each": "what it is: row, name, process",
    "part": "what it is: chunk, section, split",
    "known": "what it is: names, tasks, labels",
    "at": "what it is: index, position, time",
    "visit": "what it is: context, stay",
    "patience": "a name with its unit: timeout_seconds, patience_passes",
}
"""Name -> what to write instead. It is refused only as the whole identifier: `known_failures` is fine."""

PARTICIPLE = re.compile(
    r"_*(?:[A-Z][a-z]+ed|Made|Found|Known|Told|Given|Said|Seen|Done|Kept|Held|Taken|Chosen|Written)"
)
"""A class name that is nothing but a participle: `Fitted` says what happened to a thing, `TrainedModel` what it is."""
NO_PARTICIPLES = frozenset({"Seed", "Feed", "Speed"})


@dataclass(frozen=True)
class Identifier:
    """A name where it is defined or assigned; `is_class`: by a class statement."""

    name: str
    line: int
    is_class: bool = False


@dataclass(frozen=True)
class Violation:
    path: Path
    identifier: Identifier
    advice: str

    @property
    def entry(self) -> str:
        """Its line in `words_allowed.txt`."""
        return f"{self.path} {self.identifier.name}"

    def __str__(self) -> str:
        return f"{self.path}:{self.identifier.line}: {self.identifier.name}: use {self.advice}"


def identifiers(module: Module) -> Iterator[Identifier]:
    """What the module defines and assigns, and its own name. Names of tests are sentences: they are left out.

    So are the fields of documents: they are keys that users read.
    """
    fields = set(_document_fields(module))
    yield Identifier(module.path.stem, 1)
    for node in module.nodes:
        match node:
            case ast.Name() if node in fields:
                continue
            case ast.ClassDef(name=name):
                yield Identifier(name, node.lineno, is_class=True)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
                not name.startswith("test_")
            ):
                yield Identifier(name, node.lineno)
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | ast.arg(arg=name)
            ):
                yield Identifier(name, node.lineno)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield Identifier(name, node.lineno)
            case ast.alias(asname=str(name)):
                yield Identifier(name, node.lineno)


def _document_fields(module: Module) -> Iterator[ast.expr]:
    """Of `contracts/`, the names that a class body declares with a type."""
    if module.room != "contracts":
        return
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign):
                    yield statement.target


def advice(identifier: Identifier) -> str:
    """What to write instead of this identifier; empty if it is fine."""
    for word in split_words(identifier.name):
        if word in WORDS:
            return WORDS[word]
    whole = identifier.name.strip("_").lower()
    if whole in WHOLE_NAMES:
        return WHOLE_NAMES[whole]
    if identifier.is_class and is_participle(identifier.name):
        return "a noun that says what it is: TrainedModel, Attempt, Checkpoint"
    return ""


def split_words(name: str) -> list[str]:
    """`["told", "of", "run"]` for `_told_ofRun`, in lower case."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [word.lower() for word in words]


def is_participle(name: str) -> bool:
    return bool(PARTICIPLE.fullmatch(name)) and name.strip("_") not in NO_PARTICIPLES


def violations(modules: Sequence[Module]) -> Iterator[Violation]:
    """The first place of each identifier in each file."""
    for module in modules:
        names: set[str] = set()
        for identifier in identifiers(module):
            instead = advice(identifier)
            if instead and identifier.name not in names:
                names.add(identifier.name)
                yield Violation(module.path, identifier, instead)


def allowed_entries(text: str) -> set[str]:
    """The entries of `words_allowed.txt`; comments and the marks of a merge conflict are left out."""
    return {
        line for line in text.splitlines() if line and not line.startswith(NO_ENTRIES)
    }


def allowed_text(entries: set[str]) -> str:
    header = "# Identifiers that are older than tools/words.py. Written by: python -m tools.words --update\n"
    return header + "".join(f"{entry}\n" for entry in sorted(entries))


def repository_violations(root: Path) -> list[Violation]:
    modules = []
    for name, module in read_modules(root, PACKAGES).items():
        if not name.startswith(WRITTEN_AS_USERS_WRITE):
            modules.append(module)
    return list(violations(modules))


def check(present: Sequence[Violation], allowed: set[str]) -> list[str]:
    """Lines to print; empty if everything is as allowed."""
    new = [str(violation) for violation in present if violation.entry not in allowed]
    stale = allowed - {violation.entry for violation in present}
    advice_lines = [
        f"{entry}: no longer there. Run: python -m tools.words --update"
        for entry in sorted(stale)
    ]
    return [*new, *advice_lines]


def update(root: Path, present: Sequence[Violation], *, grow: bool = False) -> str:
    """Writes the list anew and returns a line to print; raises `SystemExit` if it would grow without `grow`."""
    path = root / ALLOWED_FILE
    before = allowed_entries(path.read_text("utf-8")) if path.exists() else set()
    after = {violation.entry for violation in present}
    if len(after) > len(before) and not grow:
        lines = [
            str(violation) for violation in present if violation.entry not in before
        ]
        lines.append(
            f"the list would grow from {len(before)} to {len(after)} identifiers"
        )
        raise SystemExit("\n".join(lines))
    path.write_text(allowed_text(after), "utf-8")
    return f"{ALLOWED_FILE}: {len(before)} identifiers before, {len(after)} now"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--update", action="store_true", help=f"write {ALLOWED_FILE} anew"
    )
    parser.add_argument(
        "--grow", action="store_true", help="with --update: let the list grow"
    )
    arguments = parser.parse_args()
    present = repository_violations(ROOT)
    if arguments.update:
        print(update(ROOT, present, grow=arguments.grow))
        return
    lines = check(present, allowed_entries((ROOT / ALLOWED_FILE).read_text("utf-8")))
    if lines:
        print("\n".join(lines))
        sys.exit(1)


if __name__ == "__main__":
    main()
