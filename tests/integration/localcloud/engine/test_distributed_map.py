from __future__ import annotations

import json
from typing import Any

from tests.integration.localcloud.engine.running import Engine


def mapped(processed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "Start": {"Type": "Pass", "Assign": {"n": 3, "run": "r"}, "Next": "Map"},
        "Map": {
            "Type": "Map",
            "Items": "{% [[0..$n - 1].{'run': $run, 'shard': $}] %}",
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Item",
                "States": {"Item": processed},
            },
            **fields,
        },
    }


def test_a_distributed_map_evaluates_its_items_output_and_variables(
    engine: Engine,
) -> None:
    item = {"Type": "Pass", "Output": "{% $states.input.shard * 2 %}", "End": True}
    more = {"Assign": {"all": "{% $states.result %}"}, "Output": "{% 'done' %}"}
    states = mapped(item, **more, Next="Show")
    states["Show"] = {
        "Type": "Pass",
        "Output": "{% {'in': $states.input, 'all': $all} %}",
        "End": True,
    }
    result = engine.run("mapping", states)
    assert json.loads(result["output"]) == {"in": "done", "all": [0, 2, 4]}


def test_an_item_that_fails_fails_the_map(engine: Engine) -> None:
    item = {"Type": "Fail", "Error": "Broken"}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = mapped(item, Catch=catch, End=True)
    states["Caught"] = {
        "Type": "Pass",
        "Output": "{% $states.input.Error %}",
        "End": True,
    }
    result = engine.run("failing-map", states)
    assert json.loads(result["output"]) == "States.ExceedToleratedFailureThreshold"
