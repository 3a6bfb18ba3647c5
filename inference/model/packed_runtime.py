"""ONNX Runtime beside the graph: the serving image of SageMaker has none, and may have no network when it starts.

The training job packs the package that it measured the graph with. It is used where the server has no ONNX Runtime of
its own and is built alike, as the images for training and for serving are.
"""

from __future__ import annotations

import importlib
import logging
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from .onnx_manifest import FOLDER, OnnxManifest

logger = logging.getLogger(__name__)

PACKAGE = "onnxruntime"
PACKAGES_FOLDER = f"{FOLDER}/packages"


def build_tag() -> str:
    """What a compiled package must be built for, such as `cpython-312-x86_64-linux-gnu`."""
    return str(sysconfig.get_config_var("SOABI") or "")


def has_runtime(model_dir: Path, manifest: OnnxManifest) -> bool:
    """Whether ONNX Runtime can be imported. The packed one goes last on `sys.path` where there is no other."""
    if find_spec(PACKAGE) is not None:
        return True
    packages = model_dir / PACKAGES_FOLDER
    if not packages.is_dir() or manifest.runtime != build_tag():
        return False
    return _enter(packages)


def _enter(packages: Path) -> bool:
    sys.path.append(str(packages))
    importlib.invalidate_caches()
    try:
        importlib.import_module(PACKAGE)
    except ImportError as error:
        logger.warning("the packed %s cannot be used here: %s", PACKAGE, error)
        sys.path.remove(str(packages))
        return False
    return True
