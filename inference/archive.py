"""A model folder, or the archive it was packed into, made ready to answer."""

from __future__ import annotations

import logging
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import cast

from .model.environment import Environment
from .model.requirements import blame_replaced, install_requirements
from .model.task_of import task_of
from .predictors import loader_of
from .predictors.base import AnyPredictor
from .predictors.models import prefer_weights
from .protocols.errors import ArchiveError
from .protocols.user_code import load_user_code
from .service import ProtocolFactory, Service

logger = logging.getLogger(__name__)

OTHER_FRAMEWORKS = [
    "*.h5",
    "*.msgpack",
    "*.onnx",
    "*.ot",
    "*.tflite",
    "openvino*",
    "coreml/*",
    "onnx/*",
]
"""Files of a Hub model that are not downloaded."""
UNUSED_PACKAGES = ("accelerate", "datasets", "pandas", "scipy", "sklearn")
"""Optional packages that transformers would import at start and a server of its models never uses."""


def unpack(tar_gz: Path, into: Path) -> Path:
    """Extracts the archive into the folder, refusing paths and links that lead out of it. Raises `ArchiveError`."""
    into.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(tar_gz) as archive:
            archive.extractall(into, filter="data")
    except tarfile.FilterError as error:
        raise ArchiveError(
            f"expected every path of {tar_gz} inside the archive; found {error}. Pack it again."
        ) from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveError(
            f"expected a .tar.gz archive; found {tar_gz}, unreadable: {error}. Pack it again."
        ) from None
    return into


def load(
    model_dir: Path,
    environment: Environment | None = None,
    *,
    dedicated: bool = False,
    protocol: ProtocolFactory | None = None,
) -> Service:
    """The service of a model folder, with the hooks of its `code/`. Raises `ArchiveError`, or what the hooks raise.

    `dedicated` says that the process only serves, so that imports it cannot need may be left out. `protocol` is
    Traindrop's own where it is None.
    """
    environment = environment or Environment.read()
    if not model_dir.is_dir() and not environment.model_id:
        raise ArchiveError(
            f"expected the model folder {model_dir}; found none. Name it with --model."
        )
    model_dir = model_dir.resolve()
    source = model_dir
    if environment.model_id:
        source = hub_model(environment.model_id, environment.revision)
    code_dir = source / "code" if (source / "code").is_dir() else model_dir / "code"
    install_requirements(code_dir)
    try:
        return _load(source, code_dir, environment, dedicated, protocol)
    except ArchiveError:
        raise
    except Exception as error:
        if blamed := blame_replaced(code_dir, error):
            raise blamed from error
        raise


def _load(
    source: Path,
    code_dir: Path,
    environment: Environment,
    dedicated: bool,
    protocol: ProtocolFactory | None,
) -> Service:
    code = load_user_code(code_dir, environment.program)
    if code.path:
        logger.info("%s overrides %s", code.path, ", ".join(code.hooks) or "nothing")
    predictor = None
    if "model_fn" not in code.hooks:
        with hidden_imports(UNUSED_PACKAGES if dedicated and not code.hooks else ()):
            predictor = _predictor(source, environment, bool(code.hooks))
    return Service(source, environment, code.hooks, predictor, protocol)


def _predictor(
    source: Path, environment: Environment, is_called_by_hooks: bool
) -> AnyPredictor:
    task = task_of(source, environment.task)
    logger.info("loading %s for %s", source, task)
    # Hooks use the model and the tokenizer as those of transformers.
    with prefer_weights() if is_called_by_hooks else nullcontext():
        return loader_of(task)(source)


def hub_model(model_id: str, revision: str | None) -> Path:
    """The folder `model_id` names on this machine, or that of the downloaded model. Raises `ArchiveError`."""
    if Path(model_id).is_dir():
        return Path(model_id)
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        return Path(
            snapshot_download(
                model_id, revision=revision, ignore_patterns=OTHER_FRAMEWORKS
            )
        )
    except (OSError, ValueError) as error:
        revision_words = f" at revision {revision!r}" if revision else ""
        raise ArchiveError(
            f"expected the Hub model {model_id!r}{revision_words}, as HF_MODEL_ID says; found {error}. "
            "Correct or unset it."
        ) from error


@contextmanager
def hidden_imports(packages: tuple[str, ...]) -> Iterator[None]:
    """Hides packages while the model's code is imported, so that transformers takes them for not installed.

    It remembers their absence: this is for a process that only serves. Packages already imported stay.
    """
    hidden = [name for name in packages if name not in sys.modules]
    for name in hidden:
        # Python takes None for "no such module", in find_spec as well.
        sys.modules[name] = cast(ModuleType, None)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
