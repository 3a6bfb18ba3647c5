from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sagemaker.__main__ import lock, parse
from localcloud.sagemaker.common.image_launchers import ImageEnvironments
from localcloud.sagemaker.common.images import DEFAULT_IMAGES
from localcloud.sagemaker.common.state import Settings


def test_settings_come_from_the_command_line_and_the_region_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    arguments = [
        "--port",
        "8080",
        "--state",
        str(tmp_path / "state"),
        "--stop-grace",
        "2",
        "--max-processes",
        "3",
    ]
    settings = parse(arguments)
    assert settings == Settings(
        tmp_path / "state", 8080, "eu-west-1", stop_grace=2.0, max_processes=3
    )
    assert settings.images is DEFAULT_IMAGES
    assert (tmp_path / "state").is_dir()


def test_more_images_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    file.write_text('[{"pattern": "own", "role": "inference", "command": ["serve"]}]')
    settings = parse(["--port", "1", "--state", str(tmp_path), "--images", str(file)])
    assert settings.images.find("own:1", "inference").program() == ["serve"]


def test_a_second_server_on_one_state_folder_ends_with_a_sentence(
    tmp_path: Path,
) -> None:
    with (
        lock(tmp_path),
        pytest.raises(
            SystemExit, match=r"Another local SageMaker is running on .*Stop it"
        ),
    ):
        lock(tmp_path)


def test_images_may_be_the_environments_of_a_folder(tmp_path: Path) -> None:
    arguments = ["--port", "1", "--state", str(tmp_path)]
    assert parse(arguments).launchers is None
    settings = parse([*arguments, "--image-environments", str(tmp_path)])
    assert settings.launchers == ImageEnvironments(tmp_path)
