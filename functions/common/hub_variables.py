"""Environment variables of huggingface_hub, which the functions set for jobs and serving containers."""

from __future__ import annotations

from enum import StrEnum


class HubVariable(StrEnum):
    ENDPOINT = "HF_ENDPOINT"
    OFFLINE = "HF_HUB_OFFLINE"
    TOKEN = "HF_TOKEN"
    API_TOKEN = "HF_API_TOKEN"
    """What the toolkit of the Hugging Face container reads instead of `HF_TOKEN`."""
    DISABLE_TELEMETRY = "HF_HUB_DISABLE_TELEMETRY"
