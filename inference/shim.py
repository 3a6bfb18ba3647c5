"""Packed into an archive as `code/inference.py`: the hooks that the hosting container looks for."""

from pathlib import Path

from traindrop.drop_code import (  # type: ignore[import-not-found]
    script_attribute,
    serving_hooks,
)
from traindrop.hooks import (  # type: ignore[import-not-found]
    input_fn,
    model_fn,
    output_fn,
    predict_fn,
)

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]

# Inspect knows this file by the import above when the archive is dropped again.
_hooks = serving_hooks(Path(__file__).parent)
if "transform_fn" in _hooks:
    # The container refuses these beside it.
    del input_fn, output_fn, predict_fn
globals().update(_hooks)


def __getattr__(name: str) -> object:
    """What the drop's script defines besides: its objects may have been pickled as those of a module `inference`."""
    return script_attribute(name)
