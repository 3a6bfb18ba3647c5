"""The whole job: read the inputs, train, judge, pack, check.

read     the spec, the hyperparameters and the rows; start the comparisons in other processes
search   the hyperparameters, where traindrop.yaml asks for it
train    the base model, from the last checkpoint if there is one
pack     the model; another process serves the packed folder, and one makes its graph
check    that the served model answers as the trained one; pack the graph, and check that, too
judge    what is served on the held-out rows, beside the comparisons
write    evaluation, verification, model card and report
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.evaluation import Evaluation
from contracts.failures import JOB_FAILED
from contracts.verification import TOLERANCE, Verification, VerifiedRow
from training import failures, outputs
from training.common import log, thread_settings
from training.common.log import is_main_process, say, say_metrics
from training.common.types import Json
from training.evaluation.comparisons import Comparisons
from training.evaluation.evaluation import evaluate, summary
from training.inputs.hyperparameters import override_spec
from training.inputs.job_inputs import Job, JobPaths, read_spec
from training.packaging.verification import (
    ServingCheck,
    require_agreement,
    say_served_by_own_code,
    verification_requests,
)
from training.recipes.base import Predictions
from training.user_script.run import run as run_user_script

if TYPE_CHECKING:
    from training.fine_tuning.fine_tune import TrainedModel

TRACEBACK_LINES = 30


def main() -> int:
    """Runs the job of this process's arguments and environment; the exit code."""
    thread_settings.apply()
    paths = JobPaths.read(os.environ)
    try:
        spec = read_spec(paths.spec)
        if spec.script:
            outputs.write_documents(paths.output_data, *run_user_script(paths, spec))
        else:
            has_spec = paths.spec is not None
            run(override_spec(sys.argv[1:], os.environ, has_spec=has_spec), paths)
    except Exception as error:
        failure = failures.explain(error)
        failures.write(paths.failure, failure)
        lines = "".join(traceback.format_exception(error)).splitlines()
        print(
            "\n".join([*lines[-TRACEBACK_LINES:], f"{JOB_FAILED}{failure}"]),
            file=sys.stderr,
            flush=True,
        )
        return 1
    return 0


def run(overrides: Mapping[str, Json], paths: JobPaths) -> None:
    """`overrides` replace hyperparameters of the spec. Raises `JobError`, or `Interrupted` after SIGTERM."""
    job = Job.read(overrides, paths)
    if not is_main_process():
        _train(job)
        return
    comparisons = Comparisons(job)
    try:
        job, trained = _train(job)
        _finish(job, trained, comparisons)
    finally:
        comparisons.stop()


def _train(job: Job) -> tuple[Job, TrainedModel]:
    """The job as it was trained, with the arguments that a search has found, and its model."""
    # Imported late, so that a job whose input is wrong says so at once.
    say("Loading torch and transformers")
    from training.fine_tuning.checkpoints import StopSignal  # noqa: PLC0415
    from training.fine_tuning.fine_tune import fine_tune  # noqa: PLC0415
    from training.search.search import search  # noqa: PLC0415

    stop = StopSignal()
    stop.listen()
    log.quieten_libraries()
    if job.spec.search is None:
        return job, fine_tune(job, stop)
    result = search(job, job.spec.search, stop)
    trained = fine_tune(result.job, stop)
    facts = replace(trained.facts, search=result.facts)
    return result.job, replace(trained, facts=facts)


def _finish(job: Job, trained: TrainedModel, comparisons: Comparisons) -> None:
    """Packs, judges, checks and writes. Raises `ServingError`."""
    from training.packaging.onnx_export.export_job import ExportJob, ExportRequest  # noqa: PLC0415

    _pack(job, trained)
    say(
        "Packed the model; serving it in another process while the test rows are evaluated"
    )
    check = ServingCheck(
        job.paths.model, _requests(job), job.recipe.task.name, engine="torch"
    )
    export = ExportJob(ExportRequest.of(job, trained.arguments.all))
    try:
        predictions = _predict(job, trained)
        rows = _check(job, check, predictions)
        result = export.pack(predictions, rows)
    finally:
        check.stop()
        export.stop()
    evaluation = replace(
        _judge(job, trained, result.predictions, comparisons), serving=result.packed
    )
    verification = Verification(tolerance=TOLERANCE, rows=tuple(result.rows))
    outputs.write(job, trained, evaluation, verification, result.predictions)


def _pack(job: Job, trained: TrainedModel) -> None:
    from training.packaging.packing import pack  # noqa: PLC0415

    settings = job.recipe.trainer.settings(trained.arguments)
    task = job.recipe.task.name
    pack(
        trained.model,
        trained.tokenizer,
        job.paths.model,
        task,
        settings,
        own_code=job.paths.code,
    )


def _requests(job: Job) -> Sequence[Json]:
    """What the packed model is asked: the user's example where its own code answers, else the held-out rows."""
    if job.has_own_hooks and job.spec.example is not None:
        return [job.spec.example]
    return verification_requests(job.recipe.served, job.test)


def _predict(job: Job, trained: TrainedModel) -> Predictions:
    from training.fine_tuning.memory import predict_with_retry  # noqa: PLC0415

    trainer, model, tokenizer = job.recipe.trainer, trained.model, trained.tokenizer
    return predict_with_retry(
        lambda arguments: trainer.predict(model, tokenizer, job.test, arguments),
        trained.arguments,
    )


def _judge(
    job: Job, trained: TrainedModel, predictions: Predictions, comparisons: Comparisons
) -> Evaluation:
    evaluation = evaluate(
        job.recipe,
        predictions,
        train=job.train,
        test=job.test,
        reference=comparisons.reference(),
        champion=comparisons.champion(predictions),
        spec=job.spec,
        training=trained.facts,
        history=trained.history,
    )
    say_metrics(**{f"eval_{name}": value for name, value in evaluation.model.items()})
    say(f"Evaluated: {summary(evaluation)}")
    return evaluation


def _check(
    job: Job, check: ServingCheck, predictions: Predictions
) -> list[VerifiedRow]:
    """Raises `ServingError`."""
    rows = check.rows(lenient=job.has_own_hooks and job.spec.example is None)
    if job.has_own_hooks:
        say_served_by_own_code(rows)
    else:
        require_agreement(job.recipe, rows, predictions)
        say(
            f"The packed model serves, and answers {len(rows)} held-out rows as the trained one does"
        )
    return rows
