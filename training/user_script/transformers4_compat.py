"""Runs a training script of transformers 4: names that transformers 5 no longer knows are taken as today's.

    python -P transformers4_compat.py train.py --epochs 1

Runs in the script's folder. Such scripts pass `evaluation_strategy` and `tokenizer`, which transformers 5 refuses. Each
is renamed, and the log says so once. Anything else is the script's own. This file is started as a file and imports
nothing of ours, because a script may have modules of any name beside it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from types import ModuleType

ARGUMENTS = {
    "evaluation_strategy": "eval_strategy",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "no_cuda": "use_cpu",
    "warmup_ratio": "warmup_steps",
}
"""Fields of `TrainingArguments`: old name -> new name."""
TRAINER = {"tokenizer": "processing_class"}
"""Arguments of `Trainer`: old name -> new name."""
WITHOUT_EFFECT = (
    "logging_dir",
    "overwrite_output_dir",
    "save_safetensors",
    "fp16_backend",
    "half_precision_backend",
    "group_by_length",
    "use_mps_device",
)
"""Fields of `TrainingArguments` that newer releases dropped, and that a script can do without."""

Init = Callable[..., None]
"""An `__init__`."""


def accept_old_names(
    original: Init, new_names: Mapping[str, str], dropped: tuple[str, ...] = ()
) -> Init:
    """An `__init__` that takes the old names too, as far as `original` does not know them itself."""
    parameters = signature(original).parameters
    renamed = {
        old: new
        for old, new in new_names.items()
        if old not in parameters and new in parameters
    }
    ignored = [name for name in dropped if name not in parameters]

    @functools.wraps(original)
    def init(self: object, *positional: object, **named: object) -> None:
        for old, new in renamed.items():
            if old in named:
                _say_once(
                    f"{old} is called {new} in this release of transformers: taken as that"
                )
                named.setdefault(new, named.pop(old))
        for name in ignored:
            if name in named:
                _say_once(
                    f"{name} has no effect in this release of transformers: left out"
                )
                del named[name]
        original(self, *positional, **named)

    return init


@functools.cache
def _say_once(text: str) -> None:
    print(f"[traindrop] {text}", flush=True)


def patch() -> None:
    """Changes the classes of transformers."""
    import transformers  # noqa: PLC0415

    for arguments in (
        transformers.TrainingArguments,
        transformers.Seq2SeqTrainingArguments,
    ):
        arguments.__init__ = accept_old_names(
            arguments.__init__, ARGUMENTS, WITHOUT_EFFECT
        )
    for trainer in (transformers.Trainer, transformers.Seq2SeqTrainer):
        trainer.__init__ = accept_old_names(trainer.__init__, TRAINER)


def uses_transformers(folder: Path) -> bool:
    """Whether any module of the script's folder names the library, which takes seconds to import."""
    for path in folder.rglob("*.py"):
        if "site-packages" not in path.parts and b"transformers" in path.read_bytes():
            return True
    return False


def main() -> None:
    script = Path(sys.argv[1])
    folder = script.resolve().parent
    sys.argv = [str(script), *sys.argv[2:]]
    # Its own folder is on the path where it was started without -P, as torchrun does.
    own_folder = str(Path(__file__).parent)
    sys.path[:] = [entry for entry in sys.path if entry != own_folder]
    sys.path.insert(0, str(folder))
    if uses_transformers(folder):
        patch()
    # The script is the main module, as it is where it is started itself: pickle looks there for its functions.
    main_module = ModuleType("__main__")
    main_module.__file__ = str(script)
    sys.modules["__main__"] = main_module
    code = compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
    exec(code, main_module.__dict__)


if __name__ == "__main__":
    main()
