"""ONNX Runtime packed beside the graph, as far as a server needs it: 36 MB, 15 MB of an archive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from inference.model.packed_runtime import PACKAGE, PACKAGES_FOLDER

PACKED = (
    "__init__.py",
    "LICENSE",
    "ThirdPartyNotices.txt",
    "capi/*.py",
    "capi/onnxruntime_pybind11_state*",
    "capi/libonnxruntime_providers_shared.so",
)
"""Patterns below the package: what `InferenceSession` imports, and the licences."""


def pack_runtime(model_dir: Path) -> None:
    """Copies the installed ONNX Runtime into the model folder."""
    source = _installed_package()
    target = model_dir / PACKAGES_FOLDER / PACKAGE
    for path in _packed_files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _installed_package() -> Path:
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _packed_files(source: Path) -> Iterator[Path]:
    for pattern in PACKED:
        yield from sorted(source.glob(pattern))
