"""The Lambda function `api`: predictions, models and runs over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.routes import resolve
from functions.common.lambda_handler import logger, metrics, traced


def with_encoded_path(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its path made anew from its parameters, percent-encoded, so that any model name is one segment.

    Gateways differ in whether `path` arrives decoded, and a name may hold what no route pattern matches.
    """
    path, parameters = event.get("resource") or "", event.get("pathParameters") or {}
    if "{" not in path or not parameters:
        return event
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return event | {"path": path}


@traced
@logger.inject_lambda_context
@metrics.log_metrics
def api(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = resolve(with_encoded_path(event), context)
    metrics.add_dimension("resource", event.get("resource") or "none")
    metrics.add_metric(f"Status{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    logger.info(
        "answered",
        extra={"resource": event.get("resource"), "status": answer["statusCode"]},
    )
    return answer
