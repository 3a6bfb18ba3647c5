"""The serving image, as far as it can be read; its steps are taken in tests/integration/inference/test_image.py."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from inference.model.environment import Environment
from inference.server.server import parse_arguments
from tests.dockerfile import Stage, is_sent, stages

ROOT = Path(__file__).parents[3]
FILE = (ROOT / "inference" / "Dockerfile").read_text("utf-8")
IGNORE = (ROOT / ".dockerignore").read_text("utf-8")
STAGES = stages(FILE)
IMAGE = STAGES[""]
PINNED = {
    "onnx": ("requirements-onnx.txt",),
    "full": ("requirements-onnx.txt", "requirements.txt"),
}


def pins(*files: str, folder: str = "inference") -> dict[str, str]:
    """Canonical name -> version; every line must be a pin, a comment, or name another file."""
    result: dict[str, str] = {}
    for name in files:
        for line in (ROOT / folder / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[\w.-]+==[\w.]+", line), line
                package, _, version = line.partition("==")
                result[canonicalize_name(package)] = version
    return result


def test_it_stands_on_a_small_image_of_one_version() -> None:
    outside = {stage.base for stage in STAGES.values() if stage.base not in STAGES}
    assert len(outside) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", outside.pop())


@pytest.mark.parametrize("variant", PINNED)
def test_packages_are_those_of_the_variant(variant: str) -> None:
    assert stages(FILE, VARIANT=variant)["packages"].base == f"packages-{variant}"
    assert IMAGE.all("COPY")[0] == "--from=packages /opt/venv /opt/venv"


def test_the_whole_one_reads_tokenizers_that_are_sentencepiece_models() -> None:
    """Folders of T5 and XLM-R may hold `spiece.model` or `sentencepiece.bpe.model` and no `tokenizer.json`."""
    assert "sentencepiece" in pins(*PINNED["full"])


def test_the_whole_one_is_built_unless_asked_for_the_other() -> None:
    assert STAGES["packages"].base == "packages-full"


@pytest.mark.parametrize(
    "stage", STAGES.values(), ids=lambda stage: stage.name or "image"
)
def test_everything_it_copies_is_there_and_is_sent_to_docker(stage: Stage) -> None:
    for line in stage.all("COPY"):
        if not line.startswith("--from="):
            for source in line.split()[:-1]:
                path = ROOT / source
                files = path.rglob("*.py") if path.is_dir() else [path]
                sent = [
                    file
                    for file in files
                    if file.is_file()
                    and is_sent(file.relative_to(ROOT).as_posix(), IGNORE)
                ]
                assert sent, source


def test_docker_is_sent_the_code_and_nothing_else() -> None:
    sent = {
        path.name for path in ROOT.iterdir() if is_sent(f"{path.name}/x.py", IGNORE)
    }
    assert sent == {"contracts", "inference", "tasks"}
    assert not [
        item.name
        for item in ROOT.iterdir()
        if item.is_file() and is_sent(item.name, IGNORE)
    ]
    assert is_sent("inference/predictors/base.py", IGNORE)
    assert not is_sent("inference/predictors/__pycache__/base.cpython-313.pyc", IGNORE)
    assert not is_sent(".venv/lib/inference/x.py", IGNORE)


def test_it_keeps_the_contract_of_sagemaker() -> None:
    assert (
        IMAGE.pairs("LABEL")["com.amazonaws.sagemaker.capabilities.accept-bind-to-port"]
        == "true"
    )
    assert IMAGE.last("EXPOSE") == str(Environment.read({}).port)
    assert IMAGE.last("USER") not in {"root", "0"}
    assert IMAGE.command("CMD") == ["serve"]


def test_the_server_takes_the_words_it_is_started_with() -> None:
    python, option, module, *words = IMAGE.command("ENTRYPOINT")
    assert (python, option, module) == ("python", "-m", "inference.server")
    for more in ([], ["serve"]):
        result: argparse.Namespace = parse_arguments(
            [*words, *more], Environment.read({})
        )
        assert (result.host, result.port, result.model) == (
            "0.0.0.0",
            8080,
            Path("/opt/ml/model"),
        )


@pytest.mark.parametrize("variant", PINNED)
def test_packages_are_pinned_to_what_is_tested(variant: str) -> None:
    ours, tested = pins(*PINNED[variant]), pins("local.txt", folder="requirements")
    assert {
        name: version
        for name, version in ours.items()
        if tested.get(name, version) != version
    } == {}
    assert {
        "starlette",
        "uvicorn",
        "httptools",
        "uvloop",
        "tokenizers",
        "numpy",
    } <= ours.keys() & tested.keys()


def test_the_smaller_one_has_neither_torch_nor_transformers() -> None:
    assert not {"torch", "transformers", "sympy"} & pins(*PINNED["onnx"]).keys()
    assert {"torch", "transformers"} <= pins(*PINNED["full"]).keys()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("variant", PINNED)
def test_what_packages_need_is_pinned_too(variant: str, machine: str) -> None:
    python = ".".join(
        STAGES["packages-onnx"].base.removeprefix("python:").split(".")[:2]
    )
    there: dict[str, str] = {
        "python_version": python,
        "platform_machine": machine,
        "sys_platform": "linux",
    }
    there |= {"platform_system": "Linux", "extra": ""}
    ours = pins(*PINNED[variant])
    for name in ours:
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate(there):
                version = ours[canonicalize_name(needed.name)]
                assert needed.specifier.contains(version, prereleases=True), (
                    f"{name} needs {text}"
                )


def made(
    tmp_path: Path, docker: str | None, *more: str
) -> subprocess.CompletedProcess[str]:
    """`make image` where nothing is installed but this docker."""
    (tmp_path / "sed").symlink_to(shutil.which("sed") or "")
    if docker:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{docker}\n")
        (tmp_path / "docker").chmod(0o755)
    command = [shutil.which("make") or "make", "-s", "image", *more]
    environment = {"PATH": str(tmp_path)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("docker", "sentence"),
    [
        (
            None,
            "make image: expected docker; found none. Install Docker with buildx, then run it again.\n",
        ),
        (
            "exit 1",
            "make image: expected Docker to run; found docker, but no daemon that answers. "
            "Start Docker, then run it again.\n",
        ),
    ],
    ids=["no docker", "no daemon"],
)
def test_without_docker_building_says_so(
    docker: str | None, sentence: str, tmp_path: Path
) -> None:
    done = made(tmp_path, docker)
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)


def test_docker_is_asked_for_an_image_that_sagemaker_takes(tmp_path: Path) -> None:
    done = made(
        tmp_path,
        'echo "$@"',
        "IMAGE=own",
        "TAG=7",
        "PLATFORM=linux/arm64",
        "VARIANT=onnx",
    )
    assert done.stdout == (
        "buildx build --file inference/Dockerfile --platform linux/arm64 --build-arg VARIANT=onnx "
        "--provenance=false --output type=docker --tag own:7 .\n"
    )
    assert done.stderr == ""
