from __future__ import annotations

from benchmarks.scale_calls import count_calls
from contracts.outcomes import STATE_OUTCOMES

SHARDED = {"Check shard", "Decide", "Write shard", "Publish"}


def test_every_function_of_the_path_is_counted_and_a_sweep_grows_with_models() -> None:
    counts = count_calls()
    functions = {key.split()[0] for key in counts.invocations}
    states = STATE_OUTCOMES.keys() - SHARDED - {"Explain"}
    assert functions == {name.title().replace(" ", "") for name in states} | {"Arrive"}
    # A drop that is new, and one of a model that is live.
    assert counts.invocations["Arrive"]["states StartExecution"] == 1
    assert counts.invocations["CheckTraining"]["sagemaker DescribeTrainingJob"] == 1
    few, many = counts.of_sweep(1, 0), counts.of_sweep(1000, 0)
    assert many["dynamodb GetItem"] - few["dynamodb GetItem"] == 999 * 3
    assert counts.sweep_per_run["states DescribeExecution"] == 1
    # Lists are pages of all, however many models there are.
    assert many["sagemaker ListEndpointConfigs"] == few["sagemaker ListEndpointConfigs"]
