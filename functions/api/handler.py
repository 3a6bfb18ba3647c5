"""The Lambda function `api`: predictions, models and runs over HTTP."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_REST
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.paths import with_encoded_path
from functions.api.routes import resolve
from functions.common.lambda_handler import logger, metrics, traced


@traced
@logger.inject_lambda_context(correlation_id_path=API_GATEWAY_REST)
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
