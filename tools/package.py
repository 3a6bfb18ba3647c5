"""What a Lambda function's package holds: the modules that its handler imports, and the sources that those pack.

`python -m tools.package ApiFunction --into FOLDER` copies them; the Makefile calls it for `sam build`. It needs the
standard library only, since `sam build` may run outside the virtual environment.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from functions.train import source_archive
from inference import packaging
from tools.source_modules import ROOT, Module, import_targets, read_module


class PackageError(RuntimeError):
    """A function, or a module that it imports, is not where the template or the code says."""


def _training_sources(root: Path) -> Iterator[Path]:
    for package in source_archive.PACKAGES:
        for path in (root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _serving_sources(root: Path) -> Iterator[Path]:
    for _, path in packaging.serving_files(root):
        yield path


def _console_files(root: Path) -> Iterator[Path]:
    for path in (root / "console").iterdir():
        if path.is_file():
            yield path


PACKED_SOURCES: dict[str, Callable[[Path], Iterable[Path]]] = {
    "functions.train.source_archive": _training_sources,
    "inference.packaging": _serving_sources,
    "functions.api.console": _console_files,
}
"""Modules that pack or serve files -> those files, which have to be in the package too."""


def build(function: str, target: Path, root: Path = ROOT) -> None:
    """Copies the package of a function, by its logical id in the template, into a folder."""
    for path in package_files(handler_module(function, root), root):
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)


def handler_module(function: str, root: Path = ROOT) -> str:
    """The module of a function's handler. Raises `PackageError` where the template has no such function."""
    template = (root / "template.yaml").read_text("utf-8")
    _, _, resource = template.partition(f"\n  {function}:\n")
    handler = re.search(
        r"\n      Handler: ([\w.]+)\.\w+\n", re.split(r"\n  \w", resource)[0]
    )
    if handler is None:
        raise PackageError(
            f"template.yaml: expected a function {function} with a Handler; found none."
        )
    return handler[1]


def package_files(handler: str, root: Path = ROOT) -> list[Path]:
    """The files of the package whose handler is in this module, sorted."""
    modules = import_closure(handler, root)
    files = set(modules.values())
    for module, sources in PACKED_SOURCES.items():
        if module in modules:
            files.update(sources(root))
    return sorted(files)


def import_closure(module: str, root: Path = ROOT) -> dict[str, Path]:
    """Every module below `root` that `module` imports, directly or through others, and itself, with its file.

    Imports inside functions count. Raises `PackageError` where there is no such module.
    """
    if _file_of(module, root) is None:
        raise PackageError(f"expected the module {module} in {root}; found none.")
    closure: dict[str, Path] = {}
    waiting = [*_with_packages(module)]
    while waiting:
        name = waiting.pop()
        path = _file_of(name, root)
        if path is not None and name not in closure:
            closure[name] = path
            waiting += _imported_names(read_module(root, path), root)
    return closure


def _file_of(name: str, root: Path) -> Path | None:
    """The module's file; None for a module from elsewhere, and for a name inside a module."""
    base = root.joinpath(*name.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _imported_names(module: Module, root: Path) -> Iterator[str]:
    for target in import_targets(module):
        yield from _with_packages(target)
    for node in module.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "import_module"
        ):
            for name in _names_at_run_time(node.args[0], root):
                yield from _with_packages(name)


def _with_packages(name: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b.c` for `a.b.c`: importing a module runs the packages around it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _names_at_run_time(argument: ast.expr, root: Path) -> Iterator[str]:
    """What `import_module(f"package.{name}")` may import: every module of the package."""
    first = argument.values[0] if isinstance(argument, ast.JoinedStr) else None
    if not isinstance(first, ast.Constant):
        raise PackageError(
            f'expected import_module(f"package.{{name}}"); found {ast.unparse(argument)}.'
        )
    package = str(first.value).removesuffix(".")
    for path in root.joinpath(*package.split(".")).glob("*.py"):
        if path.stem != "__init__":
            yield f"{package}.{path.stem}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.package", description=__doc__
    )
    parser.add_argument("function", help="logical id of the function in template.yaml")
    parser.add_argument(
        "--into",
        type=Path,
        required=True,
        help="folder that the package is copied into",
    )
    arguments = parser.parse_args()
    build(arguments.function, arguments.into)


if __name__ == "__main__":
    main()
