from __future__ import annotations

import json
from pathlib import Path

from tests.unit.localcloud.sagemaker.training.jobs import a_job, paths_below


def test_the_tree_and_its_configuration_files_are_made(tmp_path: Path) -> None:
    job, paths = a_job(epochs="2"), paths_below(tmp_path)
    paths.make(job)
    folders = (
        "code",
        "model",
        "output/data",
        "output/intermediate",
        "input/data/train",
        "input/data/test",
    )
    assert all((tmp_path / "opt/ml" / folder).is_dir() for folder in folders)
    assert not paths.checkpoints.exists()
    assert (
        json.loads((paths.config / "hyperparameters.json").read_text())
        == job.hyperparameters
    )
    assert json.loads((paths.config / "inputdataconfig.json").read_text()) == {
        "train": {
            "TrainingInputMode": "File",
            "S3DistributionType": "ShardedByS3Key",
            "RecordWrapperType": "None",
            "ContentType": "text/csv",
        },
        "test": {
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
        },
    }
    resources = json.loads((paths.config / "resourceconfig.json").read_text())
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert resources["instance_groups"] == [
        {
            "instance_group_name": "homogeneousCluster",
            "instance_type": "ml.g5.xlarge",
            "hosts": ["algo-1"],
        }
    ]
