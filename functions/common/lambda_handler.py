"""What every Lambda around a state does besides its work: a log line in, a log line out, a trace, a metric."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
Result = dict[str, Any]

# Powertools reads the service's name from the environment: it is the stack's, so that stacks do not add up.
logger = Logger()
metrics = Metrics(namespace="Traindrop")

_LOGGED = ("run", "model", "outcome", "wait_seconds", "age_seconds", "step", "error")


Handler = Callable[[Event, LambdaContext], Result]


def traced(handler: Handler) -> Handler:
    """Traces the handler where there is a daemon to tell; importing the tracer takes 0.2 s of a cold start."""
    if "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return handler
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    return cast(
        Handler, Tracer().capture_lambda_handler(handler, capture_response=False)
    )


def lambda_handler(work: Callable[[Event], Result]) -> Handler:
    """A Lambda handler around `work`; logs names, ids and numbers of what goes in and out, never contents."""
    name = work.__name__

    @traced
    @logger.inject_lambda_context
    @metrics.log_metrics
    def handler(event: Event, context: LambdaContext) -> Result:
        logger.info("asked", extra={"step_name": name, **_facts(event)})
        metrics.add_dimension("step", name)
        try:
            result = work(event)
        except Exception as error:
            metrics.add_metric(type(error).__name__, MetricUnit.Count, 1)
            raise
        metrics.add_metric(str(result["outcome"]), MetricUnit.Count, 1)
        logger.info("answered", extra={"step_name": name, **_facts(result)})
        return result

    return handler


def _facts(values: Event) -> dict[str, Any]:
    return {key: values[key] for key in _LOGGED if key in values}
