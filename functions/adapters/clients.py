"""The adapters as the handlers use them: made once per container, from the environment."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from functions.adapters.alarms import Alarms
from functions.adapters.answer_counts import AnswerCounts
from functions.adapters.arrivals import Arrivals
from functions.adapters.batches import Batches
from functions.adapters.cost_book import CostBook
from functions.adapters.leases import Leases
from functions.adapters.ledger import Ledger
from functions.adapters.logs import Logs
from functions.adapters.notifications import Notifications
from functions.adapters.price_list import HOME_REGIONS, PriceList
from functions.adapters.runtime import Runtime
from functions.adapters.sagemaker import SageMaker
from functions.adapters.secrets import Secrets
from functions.adapters.service_quotas import ServiceQuotas
from functions.adapters.sessions import Sessions
from functions.adapters.usage import Usage
from functions.adapters.workflow import Workflow
from functions.common.settings import Settings
from functions.common.tags import SESSION_JOB, Tags

if TYPE_CHECKING:
    from functions.adapters.links import Links
    from functions.adapters.prediction_queue import PredictionQueue
    from functions.adapters.storage import Storage

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=30,
)
# API Gateway gives up after 29 s: a prediction must have ended by then, and must never be asked for twice.
RUNTIME_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=26,
)


# A run waits for prices, and goes on without them.
PRICE_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=2,
    read_timeout=5,
)


# In the bucket's own region: the address that botocore puts into links otherwise redirects where a bucket is new.
LINK_CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})

PATIENT_SECONDS = 65
"""SageMaker itself gives an answer 60 s; what starts cold takes as long, and only Verify can wait."""
PATIENT_RUNTIME_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=PATIENT_SECONDS,
)


@cache
def settings() -> Settings:
    return Settings.from_environment(os.environ)


@cache
def session() -> boto3.Session:
    return boto3.Session()


def region() -> str:
    return os.environ.get("AWS_REGION") or session().region_name


@cache
def ledger_table() -> Any:
    dynamodb = session().resource("dynamodb", config=CONFIG)
    return dynamodb.Table(settings().ledger_table)


@cache
def ledger() -> Ledger:
    return Ledger(ledger_table(), settings().stack)


def ledger_of(execution: str | None) -> Ledger:
    """The ledger for a function of the state machine: it writes nothing to a run that goes on in another execution.

    Executions that an earlier version began do not name themselves.
    """
    return ledger().fenced(execution or "")


@cache
def arrivals() -> Arrivals:
    return Arrivals(ledger_table(), settings().stack)


@cache
def batches() -> Batches:
    return Batches(ledger_table(), settings().stack)


@cache
def cost_book() -> CostBook:
    return CostBook(ledger_table(), settings().stack)


@cache
def answer_counts() -> AnswerCounts:
    return AnswerCounts(ledger_table(), settings().stack)


@cache
def price_list() -> PriceList | None:
    """None where the region's partition has none."""
    partition = session().get_partition_for_region(region())
    home = HOME_REGIONS.get(partition)
    if home is None:
        return None
    return PriceList(session().client("pricing", region_name=home, config=PRICE_CONFIG))


@cache
def service_quotas() -> ServiceQuotas:
    return ServiceQuotas(session().client("service-quotas", config=PRICE_CONFIG))


@cache
def leases() -> Leases:
    return Leases(ledger_table(), settings().stack)


@cache
def storage() -> Storage:
    from functions.adapters.storage import Storage  # noqa: PLC0415 - the API answers without S3

    return Storage(session().client("s3", config=CONFIG), settings().data_bucket)


@cache
def link_maker() -> Links:
    """Links with which a caller uploads and downloads without credentials of its own."""
    from functions.adapters.links import Links  # noqa: PLC0415 - as above

    client = session().client("s3", config=LINK_CONFIG)
    return Links(client, settings().data_bucket)


@cache
def sagemaker() -> SageMaker:
    return SageMaker(session().client("sagemaker", config=CONFIG))


def job_creator(tags: Tags) -> SageMaker:
    """SageMaker in a session with these tags, which may create training jobs."""
    role, name = settings().job_creation_role_arn, tags[SESSION_JOB]
    sessions = Sessions(session().client("sts", config=CONFIG))
    credentials = sessions.credentials(role, name, tags)
    tagged = boto3.Session(
        credentials.access_key,
        credentials.secret_key,
        credentials.token,
        region_name=region(),
    )
    return SageMaker(tagged.client("sagemaker", config=CONFIG))


@cache
def secrets() -> Secrets:
    return Secrets(session().client("secretsmanager", config=CONFIG))


@cache
def runtime() -> Runtime:
    return Runtime(session().client("sagemaker-runtime", config=RUNTIME_CONFIG))


@cache
def patient_runtime() -> Runtime:
    return Runtime(session().client("sagemaker-runtime", config=PATIENT_RUNTIME_CONFIG))


@cache
def prediction_queue() -> PredictionQueue:
    from functions.adapters.prediction_queue import PredictionQueue  # noqa: PLC0415 - as above

    client = session().client("sagemaker-runtime", config=RUNTIME_CONFIG)
    return PredictionQueue(client, storage())


@cache
def logs() -> Logs:
    return Logs(session().client("logs", config=CONFIG))


@cache
def usage() -> Usage:
    return Usage(session().client("cloudwatch", config=CONFIG))


@cache
def alarms() -> Alarms:
    return Alarms(session().client("cloudwatch", config=CONFIG))


@cache
def notifications() -> Notifications:
    sns, events = (
        session().client("sns", config=CONFIG),
        session().client("events", config=CONFIG),
    )
    return Notifications(sns, events, settings().topic_arn, settings().stack)


@cache
def workflow() -> Workflow:
    return Workflow(
        session().client("stepfunctions", config=CONFIG), settings().state_machine_arn
    )


@cache
def batch_workflow() -> Workflow:
    return Workflow(
        session().client("stepfunctions", config=CONFIG), settings().batch_machine_arn
    )
