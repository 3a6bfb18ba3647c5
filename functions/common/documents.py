"""What a training job writes for people, and where the API shows it."""

from __future__ import annotations

from collections.abc import Collection

from contracts import locations

DOCUMENT_FILES = {
    "report": locations.REPORT,
    "card": locations.MODEL_CARD,
    "mistakes": locations.MISTAKES,
    "label_errors": locations.LABEL_ERRORS,
}
"""The last part of the API's path -> the file beside the run's model."""
CONTENT_TYPES = {
    locations.REPORT: "text/html; charset=utf-8",
    locations.MODEL_CARD: "text/markdown; charset=utf-8",
    locations.MISTAKES: "text/csv; charset=utf-8",
    locations.LABEL_ERRORS: "text/csv; charset=utf-8",
}


def document_paths(run: str, files: Collection[str]) -> dict[str, str]:
    """Where the API answers with those documents of a run that there are."""
    return {
        name: f"/runs/{run}/{name}"
        for name, file in DOCUMENT_FILES.items()
        if file in files
    }
