from __future__ import annotations

from tests.integration.localcloud.sagemaker.conftest import Local

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def test_metrics_reach_cloudwatch(local: Local) -> None:
    name = local.train(
        "print('loss=1.5')",
        metrics=[{"Name": f"loss-{id(local)}", "Regex": "loss=([0-9.]+)"}],
    )
    local.finished(name)
    listed = local.cloudwatch.list_metrics(
        Namespace=LOG_GROUP, MetricName=f"loss-{id(local)}"
    )["Metrics"]
    assert listed[0]["Dimensions"] == [{"Name": "TrainingJobName", "Value": name}]
