"""The scripts below a drop's `code/`, looked at without running them: what they define, and what cannot work."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import decode_source

from contracts.locations import PACKED_PACKAGE
from contracts.problems import Problem
from functions.common.text import listed
from inference.model.requirement_plan import UndecodedLine, decoded_lines
from inference.packaging import PACKAGES

SERVING, TRAINING, REQUIREMENTS = (
    "code/inference.py",
    "code/train.py",
    "code/requirements.txt",
)
MAX_BYTES = 64 * 2**20
HOOKS = {
    "model_fn": 1,
    "input_fn": 2,
    "predict_fn": 2,
    "output_fn": 2,
    "transform_fn": 4,
}
"""Hooks of the hosting contract, and how many parameters each takes; a `context` may follow."""
TAKEN = tuple(PACKAGES.values())
_RENAME_SCRIPT = "Give the script the name that SageMaker's containers look for."
_RENAME_MODULE = (
    "Rename them: Traindrop's own code is packed beside yours under these names."
)
_REPLACED = ("input_fn", "predict_fn", "output_fn")
_DEFAULTS = f"{PACKED_PACKAGE}.hooks"
_FORMER = "load_fn"
"""A tutorial's name for `model_fn`, which no container ever called."""


@dataclass(frozen=True)
class UserCode:
    """`hooks` are those that `inference.py` defines or imports, but for Traindrop's own."""

    hooks: frozenset[str] = frozenset()
    serves: bool = False
    trains: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def examine(files: Mapping[str, bytes]) -> UserCode:
    """The code of a drop or of a model archive: name from `code/` on to content. Other names are looked past."""
    problems, hooks, warnings = [], frozenset[str](), list[str]()
    lines = decoded_lines(files.get(REQUIREMENTS, b""))
    if isinstance(lines, UndecodedLine):
        problems.append(_not_utf8(lines))
    for name in sorted(files.keys() & {SERVING, TRAINING}):
        tree = _parsed(name, files[name])
        if isinstance(tree, Problem):
            problems.append(tree)
        elif name == SERVING:
            defined = _defined(tree, files)
            hooks = frozenset(defined & HOOKS.keys())
            problems += _hook_problems(tree)
            warnings += [] if _takes_defaults(tree) else _warnings(defined)
    return UserCode(hooks, SERVING in files, TRAINING in files, problems, warnings)


def _not_utf8(line: UndecodedLine) -> Problem:
    return Problem(
        "packages in UTF-8",
        "bytes that are not",
        "Save the file as UTF-8.",
        file=REQUIREMENTS,
        row=line.number,
    )


def misnamed(names: Collection[str]) -> Problem | None:
    """What is wrong with the names of a drop's code: none that is looked for, or one that Traindrop's own code has."""
    if names and not {SERVING, TRAINING, REQUIREMENTS} & set(names):
        expected, remedy = f"{SERVING}, {TRAINING} or {REQUIREMENTS}", _RENAME_SCRIPT
        return Problem(expected, listed(sorted(names)), remedy)
    taken = sorted(
        name for name in names if name.removesuffix(".py").split("/")[1] in TAKEN
    )
    if taken:
        ours = f"{', '.join(TAKEN[:-1])} and {TAKEN[-1]}"
        return Problem(
            f"modules with other names than {ours}", listed(taken), _RENAME_MODULE
        )
    return None


def _parsed(name: str, content: bytes) -> ast.Module | Problem:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(decode_source(content), name)
    except SyntaxError as error:
        # An error without a line is about the encoding, or a null byte.
        remedy = (
            "Correct the line." if error.lineno else "Save the script as UTF-8 text."
        )
        return Problem(
            "Python that can be read",
            error.msg,
            remedy,
            file=name,
            row=error.lineno or None,
        )
    except (LookupError, ValueError, RecursionError, MemoryError) as error:
        actual = str(error) or type(error).__name__
        return Problem(
            "Python that can be read",
            actual,
            "Save the script as UTF-8 text.",
            file=name,
        )


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Those that run when the module is imported, whichever branches it takes."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            handlers = [handler.body for handler in getattr(node, "handlers", ())]
            for inner in (
                node.body,
                *handlers,
                getattr(node, "orelse", ()),
                getattr(node, "finalbody", ()),
            ):
                yield from _statements(inner)


def _defined(tree: ast.Module, files: Mapping[str, bytes]) -> set[str]:
    """Names that the module has once it is imported, but for the hooks that are Traindrop's own."""
    names: set[str] = set()
    for node in _statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= _imported(node, files)
        elif isinstance(node, ast.Assign):
            names |= {
                target.id for target in node.targets if isinstance(target, ast.Name)
            }
    return names


def _imported(
    node: ast.Import | ast.ImportFrom, files: Mapping[str, bytes]
) -> set[str]:
    if isinstance(node, ast.ImportFrom) and node.module == _DEFAULTS:
        return set()
    names = {alias.asname or alias.name for alias in node.names}
    if names != {"*"} or not isinstance(node, ast.ImportFrom):
        return names
    beside = f"code/{(node.module or '').replace('.', '/')}.py"
    tree = _parsed(beside, files[beside]) if beside in files else None
    # A module must not be followed in circles.
    rest = {name: content for name, content in files.items() if name != beside}
    return _defined(tree, rest) if isinstance(tree, ast.Module) else set()


def _takes_defaults(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == _DEFAULTS
        for node in tree.body
    )


def _hook_problems(tree: ast.Module) -> list[Problem]:
    nodes = [
        node
        for node in _statements(tree.body)
        if isinstance(node, ast.FunctionDef) and node.name in HOOKS
    ]
    functions = {node.name: node for node in nodes}
    problems = [
        problem for node in functions.values() if (problem := _wrong_arity(node))
    ]
    beside = [name for name in _REPLACED if name in functions]
    if "transform_fn" in functions and beside:
        remedy = "Remove one or the other: transform_fn replaces input_fn, predict_fn and output_fn."
        actual = f"{', '.join(beside)} beside it"
        line = functions["transform_fn"].lineno
        problems.append(
            Problem("transform_fn alone", actual, remedy, file=SERVING, row=line)
        )
    return problems


def _wrong_arity(node: ast.FunctionDef) -> Problem | None:
    arguments, wanted = node.args, HOOKS[node.name]
    count = len(arguments.posonlyargs) + len(arguments.args)
    # A decorator may change what it takes.
    if node.decorator_list or arguments.vararg or count in (wanted, wanted + 1):
        return None
    expected = f"{node.name} with {wanted} parameter{'s' if wanted > 1 else ''}, and perhaps a context"
    return Problem(
        expected, f"{count}", "Change its definition.", file=SERVING, row=node.lineno
    )


def _warnings(defined: set[str]) -> list[str]:
    if _FORMER in defined and "model_fn" not in defined:
        return [
            f"{SERVING}: {_FORMER} is never called; the hook that loads the model is called model_fn."
        ]
    if not defined & HOOKS.keys():
        return [
            f"{SERVING} defines none of {', '.join(HOOKS)}: it is packed, and changes nothing."
        ]
    return []
