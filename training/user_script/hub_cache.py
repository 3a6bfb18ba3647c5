"""A mirrored model laid out as huggingface_hub caches one, so that scripts find it by its Hub id, offline."""

from __future__ import annotations

import tempfile
from pathlib import Path

COMMIT = "0" * 40
"""In place of the commit, which a mirror does not know."""


def cache_of(model_dir: str, model_id: str) -> dict[str, str]:
    """The variables with which `from_pretrained(model_id)` finds the folder, through links; empty without an id."""
    if not model_id:
        return {}
    cache = Path(tempfile.mkdtemp(prefix="hub-cache-"))
    entry = cache / f"models--{model_id.replace('/', '--')}"
    snapshot = entry / "snapshots" / COMMIT
    for path in sorted(Path(model_dir).rglob("*")):
        if path.is_file():
            link = snapshot / path.relative_to(model_dir)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
    (entry / "refs").mkdir(parents=True)
    (entry / "refs" / "main").write_text(COMMIT, "ascii")
    return {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
