from __future__ import annotations

from pathlib import Path

from datasets import DatasetDict

from tests.unit.functions.drops import Desk
from tests.unit.functions.inspect.saved_datasets import ROWS, SCRIPT, saved


def test_a_script_gets_its_files_as_channels(tmp_path: Path) -> None:
    desk = Desk()
    data = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}), shards=2)
    settings = {
        "traindrop.yaml": "hyperparameters:\n  epochs: 2\n  model_name_or_path: org/base\n  flag: true\n"
    }
    files: dict[str, bytes | str] = {
        **data,
        **SCRIPT,
        "code/lib.py": "x = 1",
        **settings,
    }
    seen = desk.inspect(files)
    run = seen["run"]
    assert (seen["outcome"], seen["task"], seen["warnings"]) == ("ready", "", [])
    copied = {
        key.removeprefix(f"runs/{run}/data/"): content
        for key, content in desk.bucket.objects.items()
        if key.startswith(f"runs/{run}/data/")
    }
    assert copied == {name: content for name, content in data.items() if "/" in name}
    assert desk.bucket.objects[f"runs/{run}/code/train.py"] == b"print('trained')\n"
    assert desk.bucket.objects[f"runs/{run}/code/lib.py"] == b"x = 1"


def test_too_many_folders_for_a_job_are_refused() -> None:
    seen = Desk().inspect({**{f"part{i}/a.csv": "x" for i in range(17)}, **SCRIPT})
    assert [problem["message"] for problem in seen["problems"]] == [
        "expected at most 16 folders of data; found 17. Put several into one folder."
    ]
