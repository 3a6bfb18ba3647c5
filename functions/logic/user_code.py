"""The scripts below a drop's `code/`, looked at without running them: what they define, and what cannot work."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.logic.problems import listed
from tasks import Problem

SERVING, TRAINING, REQUIREMENTS = "code/inference.py", "code/train.py", "code/requirements.txt"
MAX_BYTES = 64 * 2**20
HOOKS = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4}
"""Hooks of the hosting contract, and how many parameters each takes; a `context` may follow."""
_REPLACED = ("input_fn", "predict_fn", "output_fn")
_FORMER = "load_fn"
"""A tutorial's name for `model_fn`, which no container ever called."""


@dataclass(frozen=True)
class UserCode:
    """`hooks` are those that `inference.py` defines or imports."""

    hooks: frozenset[str] = frozenset()
    serves: bool = False
    trains: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def examine(files: Mapping[str, bytes]) -> UserCode:
    """The code of a drop or of a model archive: name from `code/` on to content. Other names are looked past."""
    names = {name for name in files if name.startswith("code/")}
    if not names:
        return UserCode()
    if not names & {SERVING, TRAINING, REQUIREMENTS}:
        return UserCode(problems=[_no_script(names)])
    problems, hooks, warnings = [], frozenset[str](), list[str]()
    for name in sorted(names & {SERVING, TRAINING}):
        tree = _parsed(name, files[name])
        if isinstance(tree, Problem):
            problems.append(tree)
        elif name == SERVING:
            hooks = frozenset(_defined(tree) & HOOKS.keys())
            problems += _hook_problems(tree)
            warnings += _warnings(_defined(tree))
    return UserCode(hooks, SERVING in names, TRAINING in names, problems, warnings)


def _no_script(names: set[str]) -> Problem:
    expected = f"{SERVING}, {TRAINING} or {REQUIREMENTS}"
    return Problem(expected, listed(sorted(names)), "Give the script the name that SageMaker's containers look for.")


def _parsed(name: str, content: bytes) -> ast.Module | Problem:
    try:
        return ast.parse(content, name)
    except SyntaxError as error:
        found = f"{error.msg}"
        return Problem("Python that can be read", found, "Correct the line.", file=name, row=error.lineno)
    except ValueError as error:
        return Problem("Python that can be read", str(error), "Save the script as UTF-8 text.", file=name)


def _defined(tree: ast.Module) -> set[str]:
    """Names that the module has once it is imported, as far as its top level shows."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= _imported(node)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "traindrop.hooks" and node.names[0].name == "*":
        return {*HOOKS} - {"transform_fn"}
    return {alias.asname or alias.name for alias in node.names}


def _hook_problems(tree: ast.Module) -> list[Problem]:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in HOOKS}
    problems = [problem for node in functions.values() if (problem := _wrong_arity(node))]
    beside = [name for name in _REPLACED if name in functions]
    if "transform_fn" in functions and beside:
        remedy = "Remove one or the other: transform_fn replaces input_fn, predict_fn and output_fn."
        found = f"{', '.join(beside)} beside it"
        line = functions["transform_fn"].lineno
        problems.append(Problem("transform_fn alone", found, remedy, file=SERVING, row=line))
    return problems


def _wrong_arity(node: ast.FunctionDef) -> Problem | None:
    arguments, wanted = node.args, HOOKS[node.name]
    count = len(arguments.posonlyargs) + len(arguments.args)
    if arguments.vararg or count in (wanted, wanted + 1):
        return None
    expected = f"{node.name} with {wanted} parameter{'s' if wanted > 1 else ''}, and perhaps a context"
    return Problem(expected, f"{count}", "Change its definition.", file=SERVING, row=node.lineno)


def _warnings(defined: set[str]) -> list[str]:
    if _FORMER in defined and "model_fn" not in defined:
        return [f"{SERVING}: {_FORMER} is never called; the hook that loads the model is called model_fn."]
    if not defined & HOOKS.keys():
        return [f"{SERVING} defines none of {', '.join(HOOKS)}: it is packed, and changes nothing."]
    return []
