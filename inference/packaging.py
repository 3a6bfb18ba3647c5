"""What a model folder holds: weights, a tokenizer, and in `code/` the hooks and the packages they import.

The training job packs a folder with it, and the functions write archives. It needs no library. It is not packed itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from contracts.locations import (
    CODE_PREFIX,
    INFERENCE_SCRIPT,
    PACKED_PACKAGE,
    PACKED_REQUIREMENTS,
    PACKED_SCRIPT,
    REQUIREMENTS,
)

SCRIPT = f"{CODE_PREFIX}{INFERENCE_SCRIPT}"
SHIM = "inference/shim.py"
"""The hooks that the hosting container looks for: packed as `SCRIPT`."""
PACKAGES = {"inference": PACKED_PACKAGE, "tasks": "tasks", "contracts": "contracts"}
"""Folder here -> package in an archive.

Users' scripts import `traindrop.hooks`; the training job asks the live model's archive, which an earlier version may
have packed, through `traindrop.archive.load` and `traindrop.service.Call`. So these three modules keep their places.
"""
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
VOCABULARIES = frozenset(
    {
        "tokenizer.json",
        "vocab.txt",
        "vocab.json",
        "spiece.model",
        "sentencepiece.bpe.model",
        "tokenizer.model",
    }
)
_READ_BYTES = ("ByT5", "Canine", "MT5", "Perceiver", "T5")
"""Beginnings of architectures whose tokenizers may have no words: `tokenizer_config.json` is all of them."""
_NO_WEIGHTS = (
    "training_args.",
    "optimizer.",
    "scheduler.",
    "scaler.",
    "rng_state",
    "adapter_",
)
"""What `Trainer` and PEFT save under the endings of weights."""
_NOT_SERVING = (
    "inference/packaging.py",
    SHIM,
    "inference/server/",
    "inference/toolkits/",
    "inference/protocols/container.py",
    "inference/predictors/continuous.py",
    "inference/predictors/slot_cache.py",
    "inference/predictors/text_stream.py",
    "tasks/hyperparameters.py",
    "tasks/schedule.py",
    "tasks/training_defaults.py",
    "tasks/trainer_arguments.py",
)
"""What the hooks do not import: our own server, and what training knows of a task."""
_CONTRACTS = frozenset(
    {"__init__.py", "answering_run.py", "environment.py", "locations.py", "problems.py"}
)
"""The modules of `contracts` that the hooks import."""


def packed_names(names: Collection[str]) -> dict[str, str]:
    """The names in an archive of a drop's own files, by those in its `code/`: two change where it has requirements.

    The container's toolkit would install them into its own packages, which a serverless endpoint may not write to, and
    end where that fails. So `SHIM` keeps its place, installs them and then imports the script.
    """
    moved = {}
    if REQUIREMENTS in names:
        moved = {REQUIREMENTS: PACKED_REQUIREMENTS, INFERENCE_SCRIPT: PACKED_SCRIPT}
    return {name: moved.get(name, name) for name in names}


def has_tokenizer(names: Collection[str], architectures: Sequence[str]) -> bool:
    """Whether one of these file names is that of a vocabulary: without one, transformers makes up an empty one."""
    if not VOCABULARIES.isdisjoint(names):
        return True
    reads_bytes = any(name.startswith(_READ_BYTES) for name in architectures)
    return reads_bytes and "tokenizer_config.json" in names


def has_weights(names: Collection[str]) -> bool:
    """Whether one of these file names is that of a whole model's weights."""
    return any(
        name.endswith(WEIGHTS) and not name.startswith(_NO_WEIGHTS) for name in names
    )


def serving_files(root: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Each file's name in an archive, and the file; `root` is the folder that holds the packages."""
    root = root or Path(__file__).parents[1]
    yield SCRIPT, root / SHIM
    for folder, package in PACKAGES.items():
        for path in sorted((root / folder).rglob("*.py")):
            if _serves(path.relative_to(root).as_posix()):
                yield (
                    f"{CODE_PREFIX}{package}/{path.relative_to(root / folder).as_posix()}",
                    path,
                )


def _serves(name: str) -> bool:
    """Whether the hooks import the file, directly or through others; `name` is its path in the repository."""
    folder, _, module = name.partition("/")
    if folder == "contracts":
        return module in _CONTRACTS
    return not name.startswith(_NOT_SERVING)
