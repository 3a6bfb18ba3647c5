"""What a model folder holds: weights, a tokenizer, and in `code/` the hooks, this package, `tasks` and `contracts`.

Used by the training job, which packs a folder, and by the functions, which write archives; it needs no library.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

SCRIPT, REQUIREMENTS = "code/inference.py", "code/requirements.txt"
PACKAGE = "traindrop"
PACKAGES = {"inference": PACKAGE, "tasks": "tasks", "contracts": "contracts"}
"""Folder here -> package in an archive."""
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
TOKENIZERS = frozenset(
    {
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
        "vocab.json",
        "spiece.model",
        "sentencepiece.bpe.model",
        "tokenizer.model",
    }
)
_NO_WEIGHTS = ("training_args.", "optimizer.", "scheduler.", "scaler.", "rng_state", "adapter_")
"""What `Trainer` and PEFT save under the endings of weights."""
_LEFT_OUT = frozenset({"__pycache__"})
_ENDINGS = frozenset({".py"})


def has_weights(names: Collection[str]) -> bool:
    """Whether one of these file names is that of a whole model's weights."""
    return any(name.endswith(WEIGHTS) and not name.startswith(_NO_WEIGHTS) for name in names)


def serving_files(root: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Each file's name in an archive, and the file; `root` is the folder that holds the packages."""
    root = root or Path(__file__).parents[1]
    yield SCRIPT, root / "inference" / "shim.py"
    for folder, package in PACKAGES.items():
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root / folder)
            if path.is_file() and path.suffix in _ENDINGS and not _LEFT_OUT & set(relative.parts):
                yield f"code/{package}/{relative.as_posix()}", path
