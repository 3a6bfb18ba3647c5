"""What scripts of transformers 4 say, as transformers 5 hears it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.forkserver import python
from training.user_script import transformers4_compat
from training.user_script.transformers4_compat import (
    accept_old_names,
    uses_transformers,
)

FILE = transformers4_compat.__file__
NAMES = {"before": "now"}


class Settings:
    def __init__(self, first: int = 0, now: int = 1, *, other: int = 2) -> None:
        self.seen = (first, now, other)


def made(
    *positional: int, former: dict[str, str] | None = None, **named: int
) -> tuple[int, int, int]:
    class Taught(Settings):
        __init__ = accept_old_names(
            Settings.__init__, former or NAMES, ("gone", "other")
        )

    result: tuple[int, int, int] = Taught(*positional, **named).seen
    return result


@pytest.fixture(autouse=True)
def _forget() -> None:
    transformers4_compat._say_once.cache_clear()


def test_a_former_name_is_taken_and_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert made(5, before=7) == (5, 7, 2)
    assert made(before=8) == (0, 8, 2)
    output = "[traindrop] before is called now in this release of transformers: taken as that\n"
    assert capsys.readouterr().out == output


def test_what_is_gone_is_left_out_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert made(gone=9) == (0, 1, 2)
    assert (
        capsys.readouterr().out
        == "[traindrop] gone has no effect in this release of transformers: left out\n"
    )


def test_a_name_that_is_known_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert made(other=9) == (0, 1, 9)
    assert made(first=3, former={"first": "now"}) == (3, 1, 2)
    assert capsys.readouterr().out == ""


def test_todays_name_stands_before_the_former_one() -> None:
    assert made(before=7, now=8) == (0, 8, 2)


def test_a_name_that_nobody_knows_is_the_scripts_own_mistake() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'befor'"):
        made(befor=1)


def test_the_library_is_taught_where_any_module_names_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import model\n")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "x.py").write_text("import transformers\n")
    assert not uses_transformers(tmp_path)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "model.py").write_text("import transformers\n")
    assert uses_transformers(tmp_path)


def run(folder: Path, script: str) -> str:
    (folder / "train.py").write_text(script)
    command = [python(), "-P", FILE, "train.py", "--epochs", "1"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_a_script_is_the_main_module(tmp_path: Path) -> None:
    (tmp_path / "training.py").write_text("X = 5\n")
    script = (
        "import pickle, sys, __main__, training\nfrom dataclasses import dataclass, fields\n"
        "@dataclass\nclass Own:\n    x: int = training.X\n"
        "print(__name__, __file__, sys.argv, __main__.Own is Own, fields(Own)[0].type is int)\n"
        "print(pickle.loads(pickle.dumps(Own())).x)\n"
    )
    assert (
        run(tmp_path, script)
        == "__main__ train.py ['train.py', '--epochs', '1'] True True\n5\n"
    )


def test_sequence_to_sequence_arguments_and_trainers_are_taught_too(
    tmp_path: Path,
) -> None:
    script = (
        "from transformers import Seq2SeqTrainingArguments, Seq2SeqTrainer, Trainer\nfrom inspect import signature\n"
        "given = Seq2SeqTrainingArguments('out', evaluation_strategy='steps', predict_with_generate=True,\n"
        "  per_gpu_train_batch_size=3, no_cuda=True, warmup_ratio=0.25, save_safetensors=True)\n"
        "print(given.eval_strategy.value, given.per_device_train_batch_size, given.warmup_steps, given.use_cpu)\n"
        "for each in (Trainer, Seq2SeqTrainer):\n"
        "    try:\n        each(tokenizer=None, nonsense=1)\n"
        "    except TypeError as error:\n        print('nonsense' in str(error))\n"
    )
    output = [
        line
        for line in run(tmp_path, script).splitlines()
        if not line.startswith("[traindrop]")
    ]
    assert output == ["steps 3 0.25 True", "True", "True"]
