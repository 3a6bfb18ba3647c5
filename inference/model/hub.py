"""`HF_MODEL_ID`: a model of the Hugging Face Hub in the place of the archive's."""

from __future__ import annotations

from pathlib import Path

from ..errors import ArchiveError

OTHER_FRAMEWORKS = ["*.h5", "*.msgpack", "*.onnx", "*.ot", "*.tflite", "openvino*", "coreml/*", "onnx/*"]


def model_folder(model_id: str, revision: str | None) -> Path:
    """The folder `model_id` names on this machine, or that of the downloaded model. Raises `ArchiveError`."""
    if Path(model_id).is_dir():
        return Path(model_id)
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        return Path(snapshot_download(model_id, revision=revision, ignore_patterns=OTHER_FRAMEWORKS))
    except (OSError, ValueError) as error:
        at = f" at revision {revision!r}" if revision else ""
        raise ArchiveError(
            f"expected the Hub model {model_id!r}{at}, as HF_MODEL_ID says; found {error}. Correct or unset it."
        ) from error
