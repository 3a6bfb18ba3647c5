"""Alarms of CloudWatch look at the metric of their own dimensions, and IAM knows the alarms that a request lists.

ministack mixes every metric of the name, and takes a list of alarms for every resource there is.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension: each combination
of dimensions is a metric of its own.
"""

from __future__ import annotations

import json
from functools import wraps
from inspect import signature
from typing import Any

from ministack.core import iam_actions
from ministack.services import cloudwatch

from localcloud.engine.common.patching import replace, rewrite, symbol


def _with_alarms(original: Any) -> Any:
    """IAM decides by the first alarm of a request that lists some, such as DeleteAlarms."""

    @wraps(original)
    def extract(service: str, *request: Any, **named: Any) -> str:
        arn: str = original(service, *request, **named)
        if service != "monitoring" or arn != "*":
            return arn
        details = signature(original).bind(service, *request, **named).arguments
        name = _first_alarm(details["body"])
        account = f"{details['region']}:{details['account_id']}"
        return f"arn:aws:cloudwatch:{account}:alarm:{name}" if name else arn

    return extract


def _first_alarm(body: bytes) -> str:
    """Empty where the request lists none."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return ""
    names = request.get("AlarmNames") if isinstance(request, dict) else None
    return str(names[0]) if isinstance(names, list) and names else ""


def apply() -> None:
    parameters = "service method path headers body query_params region account_id"
    replace(iam_actions, "extract_resource_arn", parameters, _with_alarms)
    symbol(cloudwatch, "_dims_key", "dims")
    symbol(cloudwatch, "_dims_from_list", "dimensions")
    rewrite(
        cloudwatch,
        "_evaluate_alarm",
        {
            "    all_pts = []\n": (
                "    all_pts = []\n"
                "    wanted = _dims_key(_dims_from_list(alarm.get('Dimensions') or []))\n"
            ),
            "for (k_ns, k_mn, _), pts": "for (k_ns, k_mn, k_dims), pts",
            "if k_ns == ns and k_mn == mn:": (
                "if k_ns == ns and k_mn == mn and k_dims == wanted:"
            ),
        },
    )
