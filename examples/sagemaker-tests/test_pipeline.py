from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import count_rows

if TYPE_CHECKING:
    from localcloud.pytest_plugin import LocalSageMaker


def test_the_job_counts_the_rows(traindrop_sagemaker: LocalSageMaker) -> None:
    job = count_rows(
        "rows-1",
        traindrop_sagemaker.bucket,
        traindrop_sagemaker.role_arn,
        b"a,b\n1,2\n3,4\n",
    )
    assert job["TrainingJobStatus"] == "Completed"
    [metric] = job["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("rows", 3.0)
