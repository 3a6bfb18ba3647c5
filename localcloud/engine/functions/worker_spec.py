"""Everything that makes one execution environment of a function: its code on disk, its layers, its environment."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from localcloud.engine.common.settings import visible_to_functions

_KEEP_CODE_SECONDS = 7 * 86_400
RESERVED = frozenset(
    {
        "_HANDLER",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
    }
)
"""Variables that a function's configuration cannot set."""


@dataclass(frozen=True)
class WorkerSpec:
    """Workers of equal specs can stand in for one another."""

    function: str
    """The function's ARN without version and alias."""
    handler: str
    """`package/module.function`."""
    root: Path
    """The folder of the function's code, which is the working directory too."""
    path: tuple[str, ...]
    """What comes first on `sys.path`."""
    environment: tuple[tuple[str, str], ...]
    timeout: float
    """Of one invocation, in seconds."""


class CodeStore:
    """Archives unpacked once for each content, so that workers share files and compiled modules.

    The folders are named by the digest of the archive they hold. Those unused for a week are removed at a start.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        oldest = time.time() - _KEEP_CODE_SECONDS
        for entry in root.iterdir():
            if entry.stat().st_mtime < oldest:
                shutil.rmtree(entry, ignore_errors=True)

    def folder(self, archive: bytes) -> Path:
        """Where `archive` lies unpacked. Raises `zipfile.BadZipFile` where it is no archive."""
        target = self._root / _digest(archive)
        if target.is_dir():
            os.utime(target)
            return target
        temporary = Path(tempfile.mkdtemp(dir=self._root))
        _unpack(archive, temporary)
        try:
            temporary.rename(target)
        except OSError:
            shutil.rmtree(temporary)  # another thread was faster
        return target


@lru_cache(maxsize=64)
def _digest(archive: bytes) -> str:
    """Kept, for an invocation asks for those of its code and of its layers, which are large."""
    return hashlib.sha256(archive).hexdigest()[:32]


def _unpack(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(folder)
        for entry in content.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if mode & 0o111:
                (folder / entry.filename).chmod(mode | 0o600)


def function_environment(
    machine: Mapping[str, str],
    config: Mapping[str, Any],
    credentials: Mapping[str, str],
    region: str,
    root: str,
) -> dict[str, str]:
    """A function's variables as AWS sets them. Of the machine's only those that functions may see are among them."""
    configured = (config.get("Environment") or {}).get("Variables") or {}
    own = {
        name: str(value) for name, value in configured.items() if name not in RESERVED
    }
    return {
        **visible_to_functions(machine),
        # X-Ray has no local counterpart.
        "POWERTOOLS_TRACE_DISABLED": "1",
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        **own,
        **{name: value for name, value in credentials.items() if value},
        **_runtime_variables(config, region, root),
    }


def _runtime_variables(
    config: Mapping[str, Any], region: str, root: str
) -> dict[str, str]:
    name = config["FunctionName"]
    logging_config = config.get("LoggingConfig") or {}
    return {
        "_HANDLER": config["Handler"],
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging_config.get("LogGroup")
        or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": region,
        "LAMBDA_TASK_ROOT": root,
    }
