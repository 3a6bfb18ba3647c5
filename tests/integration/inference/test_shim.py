"""The packed code on its own, imported and called as the hosting container's toolkit does it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from inference.archive import load
from tests.integration.inference.process import serving
from tests.unit.inference.model_folder import add_shim

AS_THE_TOOLKIT_DOES = """
import importlib, inspect, json, sys
model_dir = sys.argv[1]
sys.path.insert(0, model_dir + "/code")
module = importlib.import_module("inference")
for name, count in {"model_fn": 2, "input_fn": 3, "predict_fn": 3, "output_fn": 3}.items():
    assert len(inspect.signature(getattr(module, name)).parameters) == count, name
assert not hasattr(module, "transform_fn")
model = module.model_fn(model_dir, object())
data = module.input_fn('{"inputs": "a good film"}', "application/json", object())
print(bytes(module.output_fn(module.predict_fn(data, model, object()), "application/json", object())).decode())
ours = [module for name, module in sys.modules.items() if name.split(".")[0] in ("contracts", "tasks", "traindrop")]
print([module.__name__ for module in ours if model_dir not in module.__file__])
print([n for n in ("starlette", "uvicorn", "datasets", "sklearn", "pandas") if n in sys.modules])
"""


def test_shim_serves_with_nothing_but_the_archives_code(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = add_shim(shutil.copytree(tiny_model, tmp_path / "model"))
    done = subprocess.run(
        [sys.executable, "-c", AS_THE_TOOLKIT_DOES, str(folder)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, foreign, heavy = done.stdout.splitlines()
    assert json.loads(answer) == json.loads(
        load(tiny_model).invoke(b'{"inputs": "a good film"}')
    )
    assert (foreign, heavy) == ("[]", "[]")


PICKLED = """
import pickle, sys
class Net:
    word = "net"
def model_fn(model_dir): return pickle.loads(b"cinference\\nNet\\n.")
def predict_fn(data, model):
    import inference
    return [model.word, model is Net, inference.Net is Net, hasattr(inference, "Other")]
"""


def test_what_was_pickled_of_a_script_is_found_though_the_shim_has_its_name(
    tmp_path: Path,
) -> None:
    folder = add_shim(tmp_path)
    (folder / "code" / "drop_inference.py").write_text(PICKLED)
    (folder / "code" / "traindrop-requirements.txt").write_text("packaging\n")
    with serving(folder) as started:
        started.wait_until_ready()
        answer = started.post({"inputs": "x"})
    assert answer.json() == ["net", True, True, False]
