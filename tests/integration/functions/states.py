"""The functions of all states under a stack name of their own, called as their handlers do."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.model_record import Drop
from contracts.outcomes import DeployStage
from contracts.quotas import SERVERLESS_CONCURRENCY
from functions.adapters.alarms import Alarms
from functions.adapters.cost_book import CostBook
from functions.adapters.ledger import Ledger
from functions.adapters.logs import Logs
from functions.adapters.notifications import Notifications
from functions.adapters.prediction_queue import PredictionQueue
from functions.adapters.price_list import PriceList
from functions.adapters.runtime import Prediction, Runtime
from functions.adapters.sagemaker import Description, SageMaker
from functions.adapters.secrets import Secrets
from functions.adapters.service_quotas import ServiceQuotas
from functions.adapters.sessions import Sessions
from functions.adapters.storage import Storage
from functions.common.names import resource_name
from functions.common.settings import Settings
from functions.common.tags import SESSION_JOB, Tags
from functions.costs.booking import Booker
from functions.costs.estimate import Estimator
from functions.costs.prices import Prices
from functions.costs.reservations import Reservations
from functions.deploy.check_endpoint import check as check_endpoint
from functions.deploy.create_model import ServingEnvironment, create
from functions.deploy.deploy import Deployer
from functions.deploy.promote import promote
from functions.deploy.retire import retire
from functions.deploy.verify import verify
from functions.explain.explain import Explainer
from functions.judge.judge import judge
from functions.notify.notify import notify
from functions.train.check import check as check_training
from functions.train.endpoint_room import EndpointRoom
from functions.train.start import Starter
from tests.integration.functions.calls import Watcher
from tests.unit.functions.specs import spec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CANDIDATE = DeployStage.CANDIDATE
ROLE = "arn:aws:iam::000000000000:role/sagemaker"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0-transformers5.3.0"


class Creator(SageMaker):
    """As the role that creates jobs."""

    def __init__(self, client: Any, of: Callable[[str], Any]) -> None:
        super().__init__(client)
        self._of = of

    def create_job(self, request: Description) -> bool:
        with self._of("JobCreationRole"):
            return super().create_job(request)


class Quotas(ServiceQuotas):
    """Those of an account that has one: this one lists none."""

    def of_sagemaker(self) -> Mapping[str, float]:
        assert super().of_sagemaker() == {}
        return {SERVERLESS_CONCURRENCY: 100}


class Stack:
    """What the handlers use, under a stack name of its own."""

    def __init__(
        self, table: Table, clients: Callable[[str], Any], root: Path, watcher: Watcher
    ) -> None:
        self.of = watcher.of
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.client = clients
        clients("s3").create_bucket(Bucket=self.name)
        clients("s3").put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        self.ledger = Ledger(table, self.name)
        self.cost_book = CostBook(table, self.name)
        self.storage = Storage(clients("s3"), self.name)
        self.sagemaker = SageMaker(clients("sagemaker"))
        self.price_list = PriceList(clients("pricing"))
        self.service_quotas = Quotas(clients("service-quotas"))
        self.booker = Booker(self.cost_book, self.sagemaker, self.prices())
        self.runtime = Runtime(clients("sagemaker-runtime"))
        self.queue = PredictionQueue(clients("sagemaker-runtime"), self.storage)
        self.logs = Logs(clients("logs"))
        topic = clients("sns").create_topic(Name=self.name)["TopicArn"]
        self.notifications = Notifications(
            clients("sns"), clients("events"), topic, "traindrop"
        )
        self.settings = Settings(
            self.name,
            self.name,
            table.name,
            execution_role_arn=ROLE,
            training_image=IMAGE,
            serving_image="tiny-server:1",
        )
        self.alarms = Alarms(clients("cloudwatch"))
        self.explainer = Explainer(
            self.ledger, self.sagemaker, self.logs, self.name, lambda: self.alarms
        )
        self.root = root

    def prices(self) -> Prices:
        """A function's own: what one has asked another does not know."""
        return Prices("us-east-1", self.price_list)

    def claim(
        self,
        letter: str,
        row: dict[str, Any],
        model: str = "reviews",
        mode: str = "serverless",
        **compute: Any,
    ) -> str:
        run = self.ledger.claim(
            Drop(model, letter * 64, "v"), f"execution-{letter}"
        ).run
        on_demand = {"instance_types": ["ml.m5.xlarge"], "spot": False}
        compute = spec()["compute"] | on_demand | compute
        written = spec(
            run=run,
            model=model,
            compute=compute,
            data={"rows": {"train": 1, "test": 1}},
            deployment=spec()["deployment"] | {"mode": mode},
        )
        self.leave_spec(run, written)
        for split in ("train", "test"):
            self.storage.put_bytes(
                f"runs/{run}/data/{split}/rows.jsonl", json.dumps(row).encode()
            )
        self.ledger.record(run, task="text-classification")
        return run

    def leave_spec(self, run: str, written: dict[str, Any]) -> None:
        """As Inspect does: the spec in the bucket, its version in the ledger."""
        stored = self.storage.write_json(f"runs/{run}/spec.json", written)
        self.ledger.record(run, spec=stored)

    def run(self, run: str) -> dict[str, Any]:
        return self.ledger.get_run(run).write()

    def start(self, run: str) -> Any:
        starter = Starter(
            self.ledger,
            self.storage,
            self.sagemaker,
            self.creator,
            self.settings,
            "us-east-1",
            Estimator(self.prices(), self.cost_book),
            Reservations(self.cost_book),
            EndpointRoom(self.service_quotas, self.sagemaker, self.name),
            self.root,
        )
        with self.of("StartTrainingFunction"):
            return starter.start(run, 0)

    def creator(self, tags: Tags) -> SageMaker:
        """The functions have no roles here; that the session's tags reach the job is tested end to end."""
        Sessions(self.client("sts")).credentials(ROLE, tags[SESSION_JOB], tags)
        return Creator(self.client("sagemaker"), self.of)

    def train(self, run: str) -> str:
        self.start(run)
        with self.of("CheckTrainingFunction"):
            return self.until(
                lambda: check_training(
                    run,
                    self.ledger,
                    self.sagemaker,
                    self.logs,
                    on_end=self.booker.book_job,
                    spot_wait_minutes=self.settings.spot_wait_minutes,
                )["outcome"],
                "running",
            )

    def _look_at_endpoint(self, run: str, stage: DeployStage) -> None:
        record = self.ledger.get_run(run)
        endpoint = record.deployment.under_test(stage).endpoint
        self.booker.look_at_endpoint(endpoint, record.model, run)

    def judge(self, run: str) -> Any:
        with self.of("JudgeFunction"):
            return judge(run, self.ledger, self.storage, self.cost_book)

    def serving_environment(self) -> ServingEnvironment:
        return ServingEnvironment(
            self.settings, "us-east-1", Secrets(self.client("secretsmanager")).token
        )

    def create(self, run: str) -> Any:
        with self.of("CreateModelFunction"):
            return create(
                run,
                ledger=self.ledger,
                storage=self.storage,
                sagemaker=self.sagemaker,
                environment=ServingEnvironment(
                    self.settings,
                    "us-east-1",
                    Secrets(self.client("secretsmanager")).token,
                ),
            )

    def deploy(self, run: str, stage: DeployStage = CANDIDATE) -> str:
        """Deploys and waits; what the endpoint came to."""
        if stage is CANDIDATE:
            self.create(run)
        with self.of("DeployFunction"):
            outcome = self.until(lambda: self._deployed(run, stage), "busy")
        if outcome == "in_place":
            return outcome
        with self.of("CheckEndpointFunction"):
            outcome = self.until(
                lambda: check_endpoint(
                    run,
                    stage,
                    self.ledger,
                    self.sagemaker,
                    alarms=lambda: self.alarms,
                )["outcome"],
                "deploying",
            )
            if outcome == "live":
                self._look_at_endpoint(run, stage)
        return outcome

    def _deployed(self, run: str, stage: DeployStage) -> str:
        deployer = Deployer(
            self.ledger,
            self.storage,
            self.sagemaker,
            self.name,
            lambda: self.alarms,
        )
        outcome = str(deployer.deploy(run, stage)["outcome"])
        if stage is DeployStage.STABLE:
            self._look_at_endpoint(run, CANDIDATE)
        return outcome

    def verify(self, run: str, stage: DeployStage = CANDIDATE) -> str:
        with self.of("VerifyFunction"):
            answer = verify(
                run,
                stage,
                ledger=self.ledger,
                storage=self.storage,
                runtime=self.runtime,
                queue=lambda: self.queue,
            )
        return str(answer["outcome"])

    def switch(self, run: str) -> None:
        """What was verified comes before callers."""
        if self.deploy(run, DeployStage.STABLE) != "in_place":
            assert self.verify(run, DeployStage.STABLE) == "verified"

    def promote(self, run: str) -> Any:
        with self.of("PromoteFunction"):
            return promote(run, self.ledger)

    def retire(self, run: str) -> Any:
        with self.of("RetireFunction"):
            return retire(run, self.ledger, self.sagemaker, self.name)

    def notify(self, run: str) -> None:
        with self.of("NotifyFunction"):
            notify(run, self.ledger, self.notifications, "http://api")

    def release(
        self, letter: str, row: dict[str, Any], mode: str = "serverless"
    ) -> str:
        run = self.claim(letter, row, mode=mode)
        assert self.train(run) == "completed"
        assert self.judge(run)["outcome"] == "promote"
        assert self.deploy(run) == "live"
        assert self.verify(run) == "verified"
        self.switch(run)
        self.promote(run)
        return run

    def prediction(self, model: str = "reviews") -> Prediction:
        endpoint = resource_name(self.name, model)
        return self.runtime.invoke(endpoint, b'{"inputs": "x"}')

    def answer(self, model: str = "reviews") -> Any:
        return json.loads(self.prediction(model).body)[0]["label"]

    def endpoint(self) -> Any:
        return self.sagemaker.endpoint(resource_name(self.name, "reviews"))

    def explain(self, run: str, step: str) -> dict[str, Any]:
        with self.of("ExplainFunction"):
            self.explainer.explain({"run": run, "step": step, "error": "", "cause": ""})
        return self.run(run)

    @staticmethod
    def until(ask: Callable[[], str], waiting: str, seconds: float = 60) -> str:
        """What `ask` answers once that is no longer `waiting`."""
        deadline = time.monotonic() + seconds
        while (answer := ask()) == waiting:
            assert time.monotonic() < deadline, f"still {waiting} after {seconds} s"
            time.sleep(0.05)
        return answer
