from __future__ import annotations

import errno
import importlib
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from safetensors.torch import save_file

from contracts.failures import (
    COLUMN,
    DISK,
    GPU,
    HUB_UNREACHABLE,
    MEMORY,
    MISMATCH,
    MODULE,
    NCCL,
    READ_THE_LOG,
    REQUIREMENT,
    CauseAndRemedy,
    KnownFailure,
)
from inference.model.requirements import install_requirements
from inference.protocols.errors import ArchiveError
from tasks import get_task
from training.common.errors import BaseModelError, DataError, ScriptError
from training.failures import explain, write
from training.inputs.base_model import load_base, source_of
from training.recipes import recipe_of

TRAINER = recipe_of(get_task("text-classification"), ["a", "b"]).trainer


def test_our_own_errors_speak_for_themselves() -> None:
    assert explain(
        DataError("expected rows; found none. Drop more data.")
    ) == CauseAndRemedy("expected rows; found none.", "Drop more data.")


@contextmanager
def small_files() -> Iterator[None]:
    """A disk that is full after some bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_bytes(path: Path) -> None:
    with path.open("wb") as file:
        file.write(bytes(9000))


@pytest.mark.parametrize(
    "save",
    [
        write_bytes,
        lambda path: save_file({"a": torch.zeros(9000)}, path),
        lambda path: torch.save(torch.zeros(9000), path),
    ],
    ids=["Python", "safetensors", "torch"],
)
def test_a_disk_that_is_full_is_told(
    tmp_path: Path, save: Callable[[Path], None]
) -> None:
    with small_files(), pytest.raises(Exception) as raised:
        save(tmp_path / "file")
    explanation = explain(raised.value)
    assert explanation.cause.startswith("The disk of the instance is full. (")
    assert explanation.remedy == DISK.remedy


def cross_entropy() -> None:
    torch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 5]))


def larger_head() -> None:
    torch.nn.Linear(2, 2).load_state_dict(torch.nn.Linear(2, 3).state_dict())


def missing_column() -> None:
    Dataset.from_dict({"text": ["a"]}).remove_columns("label")


def missing_module() -> None:
    importlib.import_module("no_such_module_of_anyone")


@pytest.mark.parametrize(
    ("act", "expected", "output"),
    [
        (
            lambda: torch.nn.Embedding(4, 2)(torch.tensor([9])),
            MISMATCH,
            "IndexError: index out of range in self",
        ),
        (cross_entropy, MISMATCH, "IndexError: Target 5 is out of bounds."),
        (larger_head, MISMATCH, "size mismatch for weight: copying a param"),
        (
            lambda: torch.zeros(1).to("cuda"),
            GPU,
            "AssertionError: Torch not compiled with CUDA enabled",
        ),
        (missing_column, COLUMN, "not in the dataset"),
        (
            missing_module,
            MODULE,
            "ModuleNotFoundError: No module named 'no_such_module_of_anyone'",
        ),
    ],
)
def test_what_libraries_raise_is_told_with_a_remedy(
    act: Callable[[], Any], expected: KnownFailure, output: str
) -> None:
    with pytest.raises(Exception) as raised:
        act()
    explanation = explain(raised.value)
    assert explanation.remedy == expected.remedy
    assert explanation.cause.startswith(f"{expected.cause} (")
    assert output in explanation.cause


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by "
            "downloading and installing a new version",
            GPU,
        ),
        (
            "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be …",
            GPU,
        ),
        (
            "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
            GPU,
        ),
        (
            "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported",
            MISMATCH,
        ),
        (
            "NCCL error in: /opt/pytorch/torch/csrc/distributed/c10d/NCCLUtils.hpp:275, unhandled system error "
            "(run with NCCL_DEBUG=INFO for details), NCCL version 2.21.5\nncclSystemError: System call (e.g. socket) "
            "or external library call failed",
            NCCL,
        ),
        (
            "[Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12, OpType=ALLREDUCE) ran for "
            "600026 milliseconds before timing out.",
            NCCL,
        ),
        ("DataLoader worker (pid 71) is killed by signal: Killed. ", MEMORY),
        ("PytorchStreamWriter failed writing file data/0: file write failed", DISK),
    ],
)
def test_what_needs_a_gpu_or_a_cluster_is_known_by_its_text(
    text: str, expected: KnownFailure
) -> None:
    assert explain(RuntimeError(text)).remedy == expected.remedy


def test_the_cause_behind_an_error_is_recognised() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as full:
            raise RuntimeError("cannot save") from full
    except RuntimeError as error:
        assert explain(error) == CauseAndRemedy(
            "The disk of the instance is full. (OSError: [Errno 28] No space left on device)",
            DISK.remedy,
        )


def test_anything_else_is_named_by_type_and_message() -> None:
    assert explain(ValueError("odd\nand long")) == CauseAndRemedy(
        "The training failed: ValueError: odd and long", READ_THE_LOG
    )


def test_a_scripts_last_words_are_recognised() -> None:
    last_line = "torch.OutOfMemoryError: CUDA out of memory. Sorry."
    output = f"code/train.py ended with exit code 1; its last line was: {last_line}"
    explanation = explain(
        ScriptError(f"{output} Correct the script: the log has its whole output.")
    )
    assert explanation == CauseAndRemedy(f"Memory ran out. ({output})", MEMORY.remedy)


def test_a_requirement_that_cannot_be_installed_is_told_in_pips_words(
    tmp_path: Path,
) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-folder-of-mine\n")
    with pytest.raises(ArchiveError) as raised:
        install_requirements(tmp_path)
    explanation = explain(raised.value)
    assert explanation.remedy == REQUIREMENT.remedy
    assert "no-such-folder-of-mine" in explanation.cause


def test_the_first_failure_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "output" / "failure"
    write(path, CauseAndRemedy("First.", "Do it."))
    write(path, CauseAndRemedy("Second.", "Do it."))
    assert path.read_text() == "First. What to do: Do it."


def test_a_full_disk_does_not_hide_the_cause(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file where the folder should be")
    write(tmp_path / "output" / "failure", CauseAndRemedy("First.", "Do it."))
    assert not (tmp_path / "output" / "failure").exists()


def test_a_base_model_must_be_named() -> None:
    with pytest.raises(
        BaseModelError,
        match=r"found neither a base channel nor base_model\. Set base_model\.",
    ):
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


def test_without_a_way_to_the_hub_the_mirror_is_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(BaseModelError) as raised:
        load_base(TRAINER, "no-such-organisation/no-such-model")
    assert explain(raised.value) == HUB_UNREACHABLE.explain(
        "no-such-organisation/no-such-model"
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DISK),
        (OSError("Cannot allocate memory (os error 12)"), MEMORY),
    ],
)
def test_a_base_model_that_there_is_no_room_for_is_not_called_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    expected: KnownFailure,
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", refuse)
    with pytest.raises(BaseModelError) as raised:
        load_base(TRAINER, str(tmp_path))
    assert explain(raised.value) == expected.explain(f"OSError: {error}")


def test_a_mirror_that_holds_another_kind_of_thing_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(
        BaseModelError,
        match="expected a base model that can do the task in its mirror; found: ",
    ):
        load_base(TRAINER, str(tmp_path))
