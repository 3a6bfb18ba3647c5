from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch

from tasks import get_task
from training.base_model import load_base, source_of
from training.errors import BaseModelError, DataError
from training.failures import LIMIT, explain, write
from training.tasks import recipe_of

RECIPE = recipe_of(get_task("text-classification"))


def test_our_own_errors_speak_for_themselves() -> None:
    assert explain(DataError("expected rows; found none. Drop more data.")) == (
        "expected rows; found none. Drop more data."
    )


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "halve train_batch_size"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"), "halve train_batch_size"),
        (MemoryError(), "halve train_batch_size"),
        (OSError(errno.ENOSPC, "No space left on device"), "raise volume_gb"),
        (RuntimeError("PytorchStreamWriter failed writing file data/0"), "raise volume_gb"),
        (IndexError("index out of range in self"), "Take tokenizer and weights of one base model"),
        (ModuleNotFoundError("No module named 'sklearn'"), "add it to requirements.txt"),
    ],
)
def test_recognised_causes_come_with_a_remedy(error: Exception, remedy: str) -> None:
    assert remedy in explain(error)
    assert type(error).__name__ in explain(error)


def test_the_cause_behind_an_error_is_recognised() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as full:
            raise RuntimeError("cannot save") from full
    except RuntimeError as error:
        assert explain(error).startswith("The disk is full: raise volume_gb")


def test_anything_else_is_named_by_type_and_message() -> None:
    assert explain(ValueError("odd")) == "ValueError: odd"


def test_a_sentence_fits_the_failure_file() -> None:
    assert len(explain(ValueError("x" * 5000))) == LIMIT


def test_the_first_failure_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "output" / "failure"
    write(path, "first")
    write(path, "second")
    assert path.read_text() == "first"


def test_a_base_model_must_be_named() -> None:
    with pytest.raises(BaseModelError, match=r"found neither a base channel nor base_model\. Set base_model\."):
        source_of(None, "")


def test_a_mirror_without_a_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").touch()
    with pytest.raises(BaseModelError) as raised:
        source_of(tmp_path, "org/name")
    assert str(raised.value) == (
        "expected config.json in the base model's mirror; found weights.bin. Upload the model's files under "
        "base-models/org/name/, or remove the folder to take the model from the Hub."
    )


def test_a_mirror_may_hold_the_model_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "config.json").touch()
    assert source_of(tmp_path, "x") == str(tmp_path / "name")


def test_without_a_way_to_the_hub_the_mirror_is_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(BaseModelError) as raised:
        load_base(RECIPE, "no-such-organisation/no-such-model", ["a", "b"])
    assert explain(raised.value) == (
        "expected to download the base model 'no-such-organisation/no-such-model'; the Hugging Face Hub cannot be "
        "reached. Mirror the model under base-models/no-such-organisation/no-such-model/ in the data bucket, or give "
        "the job a way to the Internet."
    )


def test_a_mirror_that_holds_another_kind_of_thing_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BaseModelError, match="expected a base model that can do the task in its mirror; found: "):
        load_base(RECIPE, str(tmp_path), ["a", "b"])
