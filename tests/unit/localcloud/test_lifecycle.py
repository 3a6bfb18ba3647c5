"""What may be removed, and what the parts are started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.cloud import ENGINE, ROOT, SAGEMAKER, LocalCloud
from localcloud.errors import LocalCloudError
from localcloud.lifecycle import check_purgeable, part_options, purge


def test_a_state_directory_is_removed_whole(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "state")
    cloud.save()
    (cloud.state / "engine").mkdir()
    purge(cloud)
    assert not cloud.state.exists()


def test_a_directory_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(
        LocalCloudError,
        match=r"hold a local cloud only; found 'thesis.tex'. Nothing was removed",
    ):
        purge(LocalCloud(tmp_path))
    assert (tmp_path / "thesis.tex").exists()


def test_a_directory_that_is_not_there_can_be_purged(tmp_path: Path) -> None:
    check_purgeable(tmp_path / "none")


def test_images_are_real_where_the_variable_says_so() -> None:
    cloud = LocalCloud(Path("state"))
    assert part_options(SAGEMAKER, {}, cloud) == ("--iam",)
    options = part_options(SAGEMAKER, {"TRAINDROP_IMAGES": "real"}, cloud)
    assert options == ("--iam", "--image-environments", str(ROOT))
    assert part_options(ENGINE, {"TRAINDROP_IMAGES": "real"}, cloud) == ("--iam",)


def test_the_variables_of_the_hub_are_passed_on_demand() -> None:
    cloud = LocalCloud(Path("state"), pass_hf_env=True)
    assert part_options(SAGEMAKER, {}, cloud) == ("--iam", "--pass-hf-env")
    assert part_options(ENGINE, {}, cloud) == ("--iam",)


def test_the_number_of_jobs_at_once_is_passed_where_it_is_set() -> None:
    cloud = LocalCloud(Path("state"), max_training_jobs=3)
    assert part_options(SAGEMAKER, {}, cloud) == ("--iam", "--max-training-jobs", "3")
    assert part_options(ENGINE, {}, cloud) == ("--iam",)
