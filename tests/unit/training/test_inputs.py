from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import DataError
from training.inputs import Places


def test_without_variables_the_container_layout_holds() -> None:
    places = Places.read({})
    assert places == Places(
        model=Path("/opt/ml/model"),
        output_data=Path("/opt/ml/output/data"),
        checkpoints=Path("/opt/ml/checkpoints"),
        failure=Path("/opt/ml/output/failure"),
    )


def test_variables_move_everything() -> None:
    places = Places.read({"SM_MODEL_DIR": "/b/model", "SM_OUTPUT_DATA_DIR": "/b/out/data", "SM_CHANNEL_TRAIN": "/b/t"})
    assert (places.checkpoints, places.failure, places.train) == (
        Path("/b/checkpoints"),
        Path("/b/out/failure"),
        Path("/b/t"),
    )


def test_the_output_directory_is_taken_where_it_is_told() -> None:
    assert Places.read({"SM_OUTPUT_DIR": "/x", "SM_OUTPUT_DATA_DIR": "/y/data"}).failure == Path("/x/failure")


def test_a_channel_that_is_needed_and_missing_is_named() -> None:
    with pytest.raises(DataError) as raised:
        Places.read({"SM_CHANNEL_TRAIN": ""}).channel("train")
    assert str(raised.value) == "expected a channel 'train'; found none (SM_CHANNEL_TRAIN). Add it to the job."
