"""Packed into an archive as `code/inference.py`: the hooks that the hosting container looks for."""

from pathlib import Path

from traindrop.drop_code import serving_hooks  # type: ignore[import-not-found]
from traindrop.hooks import (  # type: ignore[import-not-found]
    input_fn,
    model_fn,
    output_fn,
    predict_fn,
)

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]

# Inspect knows the file by these names when the archive is dropped again; a drop's transform_fn stands without them.
for _name in __all__:
    del globals()[_name]
globals().update(serving_hooks(Path(__file__).parent))
