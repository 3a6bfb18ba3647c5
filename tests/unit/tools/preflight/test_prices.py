from __future__ import annotations

import boto3

from tools.preflight.deployment import Deployment
from tools.preflight.finding import State
from tools.preflight.prices import training_prices


def test_a_partition_without_a_price_list_is_unknown() -> None:
    session = boto3.Session(region_name="us-gov-west-1")
    (finding,) = training_prices(session, Deployment.read({}))
    assert finding.state is State.UNKNOWN
    assert finding.text == "prices: the partition aws-us-gov has no Price List"
