"""Alarms of CloudWatch look at the metric of their own dimensions; ministack mixes every metric of the name.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension: each combination
of dimensions is a metric of its own.
"""

from __future__ import annotations

from ministack.services import cloudwatch

from localcloud.engine.common.patching import rewrite, symbol


def apply() -> None:
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
