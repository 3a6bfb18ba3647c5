"""A model folder, or the archive it was packed into, made ready to answer."""

from __future__ import annotations

import logging
import tarfile
from pathlib import Path

from .environment import Environment
from .errors import ArchiveError
from .model.hidden_imports import lean_imports
from .model.hub import model_folder
from .model.requirements import install_requirements
from .model.task_of import task_of
from .predictors import loader_of
from .predictors.base import Predictor
from .protocols.user_code import load_user_code
from .service import Service

logger = logging.getLogger(__name__)


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
        raise ArchiveError(f"expected a .tar.gz archive; found {tar_gz}, unreadable: {error}. Pack it again.") from None
    return into


def load(model_dir: Path, environment: Environment | None = None, *, dedicated: bool = False) -> Service:
    """The service of a model folder, with the hooks of its `code/`. Raises `ArchiveError`, or what the hooks raise.

    `dedicated` says that the process does nothing but serve, so that imports it cannot need may be left out.
    """
    environment = environment or Environment.read()
    if not model_dir.is_dir() and not environment.model_id:
        raise ArchiveError(f"expected the model folder {model_dir}; found none. Name it with --model.")
    model_dir = model_dir.resolve()
    source = model_folder(environment.model_id, environment.revision) if environment.model_id else model_dir
    code_dir = source / "code" if (source / "code").is_dir() else model_dir / "code"
    install_requirements(code_dir)
    code = load_user_code(code_dir, environment.program)
    if code.path:
        logger.info("%s overrides %s", code.path, ", ".join(code.hooks) or "nothing")
    if "model_fn" in code.hooks:
        return Service(source, environment, code.hooks)
    with lean_imports(dedicated and not code.hooks):
        predictor = _predictor(source, environment)
    return Service(source, environment, code.hooks, predictor)


def _predictor(source: Path, environment: Environment) -> Predictor:
    task = task_of(source, environment.task)
    logger.info("loading %s for %s", source, task)
    return loader_of(task)(source)
