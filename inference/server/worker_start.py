"""`python -m inference.server.worker_start FD MODEL`: a worker (`worker_process`) that leaves its name to the hooks.

The container imports a user's script as the module `inference`, and objects are pickled under that name. So this
package has another one in the process that imports the script. Processes that hooks spawn import the main module of
their parent, if it has a name or a file: this one has neither, for they would look for it in the user's `inference`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

NAME = "traindrop_server"


def import_renamed(folder: Path, name: str) -> ModuleType:
    """The package in the folder, under this name; it imports itself only relatively."""
    path = folder / "__init__.py"
    spec = spec_from_file_location(name, path, submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return package


def release_name(package: str) -> None:
    """What was imported of the package under this name is forgotten."""
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]


def hide_main() -> None:
    main = sys.modules["__main__"]
    main.__spec__ = None
    main.__file__ = cast(Any, None)


if __name__ == "__main__":
    assert __package__ is not None
    release_name(__package__.partition(".")[0])
    import_renamed(Path(__file__).parents[1], NAME)
    hide_main()
    worker = import_module(f"{NAME}.server.worker_process")
    worker.run(int(sys.argv[1]), Path(sys.argv[2]))
