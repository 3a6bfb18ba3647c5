"""A boto-shaped SageMaker on the world's clock: jobs train, endpoints change and fail as AWS documents it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts import locations
from contracts.answering_run import with_run
from contracts.environment import ServingVariable
from contracts.verification import Verification, VerifiedRow
from functions.common.tags import RUN, as_tags
from tests.chaos.faults import client_error
from tests.chaos.registry import Registry
from tests.chaos.s3 import Answer
from tests.chaos.things import Change, Thing, billed
from tests.unit.functions.judge.evaluations import archive
from tests.unit.functions.specs import evaluation

if TYPE_CHECKING:
    from tests.chaos.world import World

_CHANGING = frozenset({"Creating", "Updating", "Deleting"})


def expected_answer(run: str) -> list[Answer]:
    """What the model of a run answers, so that it can be told from every other."""
    return [{"label": run, "score": 0.9}]


class FakeSageMaker(Registry):
    """Every method is one call of the world."""

    # ---- training jobs

    def create_training_job(self, **request: Any) -> Any:
        state = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Training"}

        def fields() -> Thing:
            stream = f"{request['TrainingJobName']}/algo-1-1"
            self._world.state.log_streams.add(stream)
            return state

        return self._create("TrainingJob", request, fields)

    def describe_training_job(self, TrainingJobName: str) -> Any:  # noqa: N803 - boto's names
        return self._describe("TrainingJob", TrainingJobName)

    def stop_training_job(self, TrainingJobName: str) -> Any:  # noqa: N803
        def stop() -> Answer:
            job = self._thing("TrainingJob", TrainingJobName, "StopTrainingJob")
            job |= {"TrainingJobStatus": "Stopping", "SecondaryStatus": "Stopping"}
            job["_since"] = self._world.state.time
            return {}

        return self._call("StopTrainingJob", TrainingJobName, stop)

    # ---- models and configs

    def create_model(self, **request: Any) -> Any:
        behaviour = self._world.behaviour
        health = {
            "_is_wrong": behaviour.answers_wrongly,
            "_is_unhealthy": behaviour.is_unhealthy,
        }

        def fields() -> Thing:
            # Whatever had that name before was another model.
            self._things.verified.discard(request["ModelName"])
            return health

        return self._create("Model", request, fields)

    def describe_model(self, ModelName: str) -> Any:  # noqa: N803
        return self._describe("Model", ModelName)

    def delete_model(self, ModelName: str) -> Any:  # noqa: N803
        return self._delete("Model", ModelName)

    def create_endpoint_config(self, **request: Any) -> Any:
        return self._create("EndpointConfig", request)

    def describe_endpoint_config(self, EndpointConfigName: str) -> Any:  # noqa: N803
        return self._describe("EndpointConfig", EndpointConfigName)

    def delete_endpoint_config(self, EndpointConfigName: str) -> Any:  # noqa: N803
        return self._delete("EndpointConfig", EndpointConfigName)

    # ---- endpoints

    def create_endpoint(self, **request: Any) -> Any:
        config = request["EndpointConfigName"]

        def fields() -> Thing:
            self._thing("EndpointConfig", config, "CreateEndpoint")
            return {
                "EndpointStatus": "Creating",
                "LastModifiedTime": self._world.now(),
                "ProductionVariants": self._variants(config),
            }

        return self._create("Endpoint", request, fields)

    def describe_endpoint(self, EndpointName: str) -> Any:  # noqa: N803
        return self._describe("Endpoint", EndpointName)

    def update_endpoint(
        self,
        EndpointName: str,  # noqa: N803
        EndpointConfigName: str,  # noqa: N803
        DeploymentConfig: Any = None,  # noqa: N803
    ) -> Any:
        def update() -> Answer:
            endpoint = self._thing("Endpoint", EndpointName, "UpdateEndpoint")
            self._thing("EndpointConfig", EndpointConfigName, "UpdateEndpoint")
            self._refuse_while(endpoint, not_in_service=True)
            self._refuse_shift(endpoint, EndpointConfigName, DeploymentConfig or {})
            self._change(endpoint, "Updating")
            endpoint["PendingDeploymentSummary"] = {
                "EndpointConfigName": EndpointConfigName
            }
            endpoint["_traffic"] = DeploymentConfig
            return {}

        return self._call("UpdateEndpoint", EndpointName, update)

    def delete_endpoint(self, EndpointName: str) -> Any:  # noqa: N803
        def delete() -> Answer:
            endpoint = self._thing("Endpoint", EndpointName, "DeleteEndpoint")
            self._refuse_while(endpoint)
            self._change(endpoint, "Deleting")
            return {}

        return self._call("DeleteEndpoint", EndpointName, delete)

    def _refuse_shift(self, endpoint: Thing, config: str, traffic: Thing) -> None:
        """Of an alarm that is not there, or of variants that change their names."""
        rollback = traffic.get("AutoRollbackConfiguration", {})
        alarms = {item["AlarmName"] for item in rollback.get("Alarms", ())}
        present = self._variants(endpoint["EndpointConfigName"])
        wanted = self._variants(config)
        names = [[item["VariantName"] for item in side] for side in (present, wanted)]
        if traffic and (names[0] != names[1] or not alarms <= self._world.state.alarms):
            text = f"expected the same variants and alarms; found {names}, {alarms}"
            raise client_error("ValidationException", text, "UpdateEndpoint")

    def _change(self, endpoint: Thing, status: str) -> None:
        endpoint |= {"EndpointStatus": status, "LastModifiedTime": self._world.now()}
        endpoint["_since"] = self._world.state.time

    @staticmethod
    def _refuse_while(endpoint: Thing, *, not_in_service: bool = False) -> None:
        status = endpoint["EndpointStatus"]
        if status in _CHANGING or (not_in_service and status != "InService"):
            text = f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".'
            raise client_error("ValidationException", text, "UpdateEndpoint")

    def _variants(self, config: str) -> list[Answer]:
        variants = self._things.configs[config]["ProductionVariants"]
        return [_as_described(variant) for variant in variants]

    # ---- what the models behind an endpoint answer

    def answer(self, endpoint: str) -> list[Answer] | None:
        """What an endpoint that is in service answers to any request; None of any other."""
        self.catch_up()
        description = self._things.endpoints.get(endpoint)
        if description is None or description["EndpointStatus"] in {
            "Creating",
            "Failed",
        }:
            return None
        model = self._model_of(description["EndpointConfigName"])
        if model is None:
            return None
        run = as_tags(model["Tags"])[RUN]
        return expected_answer("another" if model["_is_wrong"] else run)

    def variant(self, endpoint: str) -> str:
        """The name of the variant that answers for an endpoint; empty where none does."""
        description = self._things.endpoints.get(endpoint, {})
        config = self._things.configs.get(description.get("EndpointConfigName", ""))
        return config["ProductionVariants"][0]["VariantName"] if config else ""

    def attributes(self, endpoint: str) -> str:
        """The header in which the container names its run, if it is configured to."""
        description = self._things.endpoints.get(endpoint, {})
        model = self._model_of(description.get("EndpointConfigName", ""))
        container = model["PrimaryContainer"] if model else {}
        run = container.get("Environment", {}).get(ServingVariable.RUN, "")
        return with_run("", run)

    def _model_of(self, config: str) -> Thing | None:
        description = self._things.configs.get(config)
        if description is None:
            return None
        return self._things.models.get(
            description["ProductionVariants"][0]["ModelName"]
        )

    # ---- time

    def catch_up(self) -> None:
        """Lets happen what has happened by now."""
        for job in self._things.jobs.values():
            self._train(job)
        for endpoint in list(self._things.endpoints.values()):
            if self._has_taken(endpoint, self._world.behaviour.endpoint_seconds):
                self._finish_change(endpoint)

    def _has_taken(self, thing: Thing, seconds: float) -> bool:
        return bool(self._world.state.time >= thing["_since"] + seconds)

    def _train(self, job: Thing) -> None:
        behaviour, status = self._world.behaviour, job["TrainingJobStatus"]
        stops = self._has_taken(job, behaviour.stopping_seconds)
        if status == "Stopping" and stops:
            job |= {"TrainingJobStatus": "Stopped", "SecondaryStatus": "Stopped"}
            job |= billed(job, self._world.now())
        if status != "InProgress":
            return
        limit = job["StoppingCondition"]["MaxRuntimeInSeconds"]
        if self._has_taken(job, min(behaviour.training_seconds, limit)):
            self._end_job(job, is_over_time=limit < behaviour.training_seconds)

    def _end_job(self, job: Thing, *, is_over_time: bool) -> None:
        job |= billed(job, self._world.now())
        if is_over_time:
            job |= {
                "TrainingJobStatus": "Stopped",
                "SecondaryStatus": "MaxRuntimeExceeded",
            }
        elif self._world.behaviour.jobs_fail:
            job |= {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed"}
            job["FailureReason"] = "AlgorithmError: the script failed, exit code: 1"
        else:
            job |= {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}
            self._write_output(job)

    def _write_output(self, job: Thing) -> None:
        run, name = as_tags(job["Tags"])[RUN], job["TrainingJobName"]
        row = VerifiedRow(request={"inputs": "x"}, response=expected_answer(run))
        verification = Verification(tolerance=0.02, rows=(row,))
        accuracy = 0.2 if self._world.behaviour.is_bad else 0.8
        judged = evaluation(accuracy)
        output = archive(evaluation=judged, verification=verification.write())
        model = locations.trained_archive_key(run, name)
        self._world.put(model, b"weights")
        self._world.put(locations.output_archive_key(run, name), output)
        job["ModelArtifacts"] = {"S3ModelArtifacts": self._world.uri(model)}

    def _finish_change(self, endpoint: Thing) -> None:
        name, status = endpoint["EndpointName"], endpoint["EndpointStatus"]
        if status == "Deleting":
            del self._things.endpoints[name]
        if status not in {"Creating", "Updating"}:
            return
        pending = endpoint.pop("PendingDeploymentSummary", {})
        config = pending.get("EndpointConfigName", endpoint["EndpointConfigName"])
        endpoint["LastModifiedTime"] = self._world.now()
        if self._can_serve(config):
            endpoint |= {"EndpointStatus": "InService", "EndpointConfigName": config}
            endpoint["ProductionVariants"] = self._variants(config)
            endpoint.pop("FailureReason", None)
            self._note_change(name, config)
        else:
            is_first = status == "Creating"
            endpoint["EndpointStatus"] = "Failed" if is_first else "InService"
            endpoint["FailureReason"] = "It did not pass the ping health check."

    def _note_change(self, endpoint: str, config: str) -> None:
        change = Change(
            time=self._world.state.time,
            endpoint=endpoint,
            config=config,
            has_callers=self._has_callers(endpoint),
            was_verified=config in self._things.verified,
        )
        self._things.changes.append(change)

    def _has_callers(self, endpoint: str) -> bool:
        """Whether it is the endpoint of a live model."""
        live: set[str] = set()

        def look(world: World) -> None:
            models = world.ledger.models()
            live.update(model.endpoint for model in models if model.champion)

        self._world.act(look)
        return endpoint in live

    def note_verification(self, endpoint: str) -> None:
        """Verify was answered by what the endpoint serves."""
        config = self._things.endpoints[endpoint]["EndpointConfigName"]
        model = self._model_of(config)
        if model is not None and not model["_is_wrong"]:
            self._things.verified.add(config)

    def _can_serve(self, config: str) -> bool:
        model = self._model_of(config)
        return model is not None and not model["_is_unhealthy"]


def _as_described(variant: Answer) -> Answer:
    name = {"VariantName": variant["VariantName"]}
    if "ServerlessConfig" in variant:
        return name | {"CurrentServerlessConfig": variant["ServerlessConfig"]}
    return name | {"CurrentInstanceCount": variant["InitialInstanceCount"]}
