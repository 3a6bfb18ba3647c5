"""Where a job reads and writes: the paths of the SageMaker training contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.errors import DataError


@dataclass(frozen=True)
class Places:
    """Channels are None where the job has none of that name."""

    model: Path
    output_data: Path
    checkpoints: Path
    failure: Path
    train: Path | None = None
    test: Path | None = None
    validation: Path | None = None
    spec: Path | None = None
    base: Path | None = None
    code: Path | None = None
    champion: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Places:
        """From `SM_*`; what is not set lies under `/opt/ml` as in the container."""
        model = Path(environment.get("SM_MODEL_DIR") or "/opt/ml/model")
        output_data = Path(environment.get("SM_OUTPUT_DATA_DIR") or model.parent / "output" / "data")
        output = Path(environment.get("SM_OUTPUT_DIR") or output_data.parent)
        names = ("train", "test", "validation", "spec", "base", "code", "champion")
        channels = {name: _channel(environment, name) for name in names}
        return cls(model, output_data, model.parent / "checkpoints", output / "failure", **channels)

    def channel(self, name: str) -> Path:
        """The directory of a channel the job cannot do without. Raises `DataError`."""
        path: Path | None = getattr(self, name)
        if path is None:
            raise DataError(f"expected a channel {name!r}; found none (SM_CHANNEL_{name.upper()}). Add it to the job.")
        return path


def _channel(environment: Mapping[str, str], name: str) -> Path | None:
    given = environment.get(f"SM_CHANNEL_{name.upper()}")
    return Path(given) if given else None
