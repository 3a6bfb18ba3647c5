"""What scripts import from the toolkits, from scripts as users write them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.archive import load
from inference.protocols.errors import UnsupportedMediaTypeError
from inference.toolkits.sagemaker_huggingface_inference_toolkit import (
    decoder_encoder,
    transformers_utils,
)
from inference.toolkits.sagemaker_inference import decoder, encoder, errors, utils
from tests.unit.inference.model_folder import ROOT, add_code
from tests.unit.inference.tiny import build_model

CODE = """
from sagemaker_huggingface_inference_toolkit.decoder_encoder import decode, encode
from sagemaker_huggingface_inference_toolkit.transformers_utils import (
    _is_gpu_available,
    get_pipeline,
)


def model_fn(model_dir):
    device = 0 if _is_gpu_available() else -1
    return get_pipeline("text-classification", device, model_dir)


def transform_fn(model, input_data, content_type, accept):
    reviews = decode(input_data, content_type)["reviews"]
    return encode({"answers": model(reviews)}, accept)
"""
NUMBERS = """
from sagemaker_inference import content_types, decoder, encoder


def model_fn(model_dir):
    return lambda array: array * 2


def input_fn(body, content_type):
    return decoder.decode(body, content_type)


def predict_fn(data, model):
    return model(data)


def output_fn(prediction, accept):
    return encoder.encode(prediction, content_types.JSON)
"""


def test_a_script_decodes_encodes_and_makes_its_pipeline(tmp_path: Path) -> None:
    build_model(tmp_path)
    add_code(tmp_path, inference=CODE)
    reply = load(tmp_path).invoke(json.dumps({"reviews": ["good", "bad"]}).encode())
    answers = json.loads(reply)["answers"]
    assert len(answers) == 2
    assert set(answers[0]) == {"label", "score"}


def test_a_script_of_the_sagemaker_toolkit_reads_arrays(tmp_path: Path) -> None:
    add_code(tmp_path, inference=NUMBERS)
    assert json.loads(load(tmp_path).invoke(b"[1, 2.5]")) == [2, 5.0]


def test_text_is_encoded_as_text_and_images_as_bytes() -> None:
    assert decoder_encoder.encode([{"label": "é"}]) == '[{"label":"é"}]'
    assert decoder_encoder.encode([{"a": 1}], "text/csv") == "a\r\n1\r\n"
    assert isinstance(decoder_encoder.encode([1], "application/x-npy"), bytes)
    assert decoder_encoder.decode_csv("inputs\nx\n") == {"inputs": ["x"]}
    with pytest.raises(UnsupportedMediaTypeError, match="found 'text/xml'"):
        decoder_encoder.decode("<x/>", "text/xml")


def test_the_task_of_a_folder_is_that_of_its_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TASK", "")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"architectures": ["BertForQuestionAnswering"]}))
    task = transformers_utils.infer_task_from_model_architecture(config)
    assert task == "question-answering"


def test_a_task_is_needed(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Set HF_TASK"):
        transformers_utils.get_pipeline(None, -1, tmp_path)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", "[[1, 2], [3, 4]]"), ("text/csv", "1,2\n3,4\n")],
)
def test_arrays_are_read_and_written(content_type: str, body: str) -> None:
    array = decoder.decode(body, content_type)
    assert array.tolist() == [[1, 2], [3, 4]]
    again = decoder.decode(encoder.encode(array, content_type), content_type)
    assert np.array_equal(array, again)


def test_npy_is_read_without_running_code() -> None:
    array = decoder.decode(
        encoder.encode([1, 2], "application/x-npy"), "application/x-npy"
    )
    assert array.tolist() == [1, 2]
    pickled = encoder.encode(np.array([{}]), "application/x-npy")
    with pytest.raises(ValueError, match="allow_pickle"):
        decoder.decode(pickled, "application/x-npy")


@pytest.mark.parametrize("function", [decoder.decode, encoder.encode])
def test_another_content_type_is_named(function: Any) -> None:
    with pytest.raises(errors.UnsupportedFormatError, match="type text/xml is not"):
        function("1", "text/xml")


def test_headers_are_read_as_clients_write_them() -> None:
    assert utils.parse_accept("a/b, */*") == ["a/b", "*/*"]
    assert utils.retrieve_content_type_header({"Content-type": "a/b"}) == "a/b"
    assert utils.retrieve_content_type_header({"Accept": "a/b"}) is None


def test_a_server_in_a_process_of_its_own_lends_its_modules_to_the_script(
    tmp_path: Path,
) -> None:
    """There `inference` is the script, and the server's package has another name."""
    build_model(tmp_path)
    add_code(tmp_path, inference=CODE)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from importlib import import_module\n"
        "from inference.server.worker_start import NAME, import_renamed, release_name\n"
        "folder = Path(sys.modules['inference'].__file__).parent\n"
        "release_name('inference')\n"
        "import_renamed(folder, NAME)\n"
        "load = import_module(f'{NAME}.archive').load\n"
        'print(load(Path(sys.argv[1])).invoke(b\'{"reviews": ["good"]}\').decode())\n'
        "assert 'model_fn' in vars(sys.modules['inference'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "label" in json.loads(done.stdout)["answers"][0]
