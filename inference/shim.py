"""Packed into an archive as `code/inference.py`: the hooks that the hosting container looks for."""

from traindrop.hooks import input_fn, model_fn, output_fn, predict_fn  # type: ignore[import-not-found]

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]
