"""JSON Lines, also with the ending of SageMaker's manifests; read as any JSON is."""

from __future__ import annotations

from functions.inspect.formats.base import Format
from functions.inspect.formats.json_file import open_json

FORMAT = Format("JSON Lines", ("jsonl", "ndjson", "manifest"), open_json)
