"""Runs a training script with the names that `Trainer` and `TrainingArguments` no longer have understood as today's.

`python -P transformers4_compat.py train.py --epochs 1`, in the script's folder. Scripts of transformers 4 pass
`evaluation_strategy` and `tokenizer`; transformers 5 refuses both. Each is renamed, and said so, once. Anything else is
the script's own. Started as a file, and importing nothing of ours: a script may have modules of any name beside it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

ARGUMENTS = {
    "evaluation_strategy": "eval_strategy",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "no_cuda": "use_cpu",
    "warmup_ratio": "warmup_steps",
}
TRAINER = {"tokenizer": "processing_class"}
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


def understanding(made: Callable[..., None], former: Mapping[str, str], dropped: tuple[str, ...] = ()) -> Any:
    """An `__init__` that takes the former names too, as far as it does not know them itself."""
    known = signature(made).parameters
    renamed = {old: new for old, new in former.items() if old not in known and new in known}
    ignored = [name for name in dropped if name not in known]

    @functools.wraps(made)
    def init(self: Any, *positional: Any, **named: Any) -> None:
        for old, new in renamed.items():
            if old in named:
                _say(f"{old} is called {new} in this release of transformers: taken as that")
                named.setdefault(new, named.pop(old))
        for name in ignored:
            if name in named:
                _say(f"{name} has no effect in this release of transformers: left out")
                del named[name]
        made(self, *positional, **named)

    return init


@functools.cache
def _say(text: str) -> None:
    print(f"[traindrop] {text}", flush=True)


def teach() -> None:
    import transformers  # noqa: PLC0415

    for arguments in (transformers.TrainingArguments, transformers.Seq2SeqTrainingArguments):
        arguments.__init__ = understanding(arguments.__init__, ARGUMENTS, WITHOUT_EFFECT)
    for trainer in (transformers.Trainer, transformers.Seq2SeqTrainer):
        trainer.__init__ = understanding(trainer.__init__, TRAINER)


def uses_transformers(folder: Path) -> bool:
    """Whether any module of the script's folder names the library, which takes seconds to import."""
    own = (path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    return any(b"transformers" in path.read_bytes() for path in own)


def main() -> None:
    script = Path(sys.argv[1])
    sys.argv = [str(script), *sys.argv[2:]]
    sys.path.insert(0, str(script.resolve().parent))
    if uses_transformers(script.resolve().parent):
        teach()
    # The script is the main module, as it is where it is started itself: what pickles its functions looks there.
    main_module = ModuleType("__main__")
    main_module.__file__ = str(script)
    sys.modules["__main__"] = main_module
    code = compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
    exec(code, main_module.__dict__)


if __name__ == "__main__":
    main()
