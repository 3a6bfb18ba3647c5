"""The notifications about a run's end: a text for people, a small detail for programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from contracts.environment import ShellVariable
from contracts.releases import Approval, PromotionKind
from contracts.run_record import (
    EvaluationSummary,
    Failure,
    Metrics,
    RunRecord,
    RunStatus,
)
from functions.adapters.notifications import subject_line
from functions.common.example_request import example_request

MAX_PROBLEMS = 20
LOG_HINT = (
    "Last log lines: GET /runs/{run} of the API has them, for a key that may read."
)
"""Lines of a log may hold rows of the data, and anybody can be subscribed."""

_HEADLINES = {
    RunStatus.LIVE: "is live",
    RunStatus.SUPERSEDED: "was live and is superseded",
    RunStatus.KEPT_BACK: "was trained but is not good enough",
    RunStatus.REJECTED: "was not trained: the data has problems",
    RunStatus.FAILED: "failed",
    RunStatus.STOPPED: "was stopped",
}


def subject(run: RunRecord) -> str:
    return subject_line(f"Traindrop: {run.model} {_headline(run)}")


def _headline(run: RunRecord) -> str:
    if run.waits_for_approval:
        return "waits for your approval"
    return _HEADLINES.get(run.status, f"is {run.status}")


def body(run: RunRecord, api_url: str) -> str:
    """What happened, the numbers, and what to do next."""
    paragraphs = [
        f"{run.model} {_headline(run)}.",
        _promotion(run),
        *_sections(run, api_url),
        f"Run: {run.run}",
    ]
    if api_url:
        paragraphs.append(f"Everything about it: GET {api_url}/runs/{quote(run.run)}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


_PROMOTIONS = {
    PromotionKind.ROLLBACK: "It was put live again by a rollback",
    PromotionKind.PROMOTE: "It was put live though it had been kept back",
    PromotionKind.APPROVAL: "Somebody approved it",
}


def _promotion(run: RunRecord) -> str:
    """That a person had asked for it; empty for a drop's own way."""
    if run.promotion is None:
        return ""
    if run.failure:
        return f"Somebody had asked for its {run.promotion.kind}; what was live before still is."
    replaced = f" in the place of {run.replaced}" if run.replaced else ""
    return f"{_PROMOTIONS[run.promotion.kind]}{replaced}."


def _sections(run: RunRecord, api_url: str) -> Iterable[str]:
    if run.status is RunStatus.REJECTED:
        return [_problems(run)]
    if run.failure:
        return [_failure(run.failure)]
    numbers = [_numbers(run.evaluation)]
    if run.approval and run.waits_for_approval:
        return [*numbers, _approval(run, run.approval, api_url)]
    return (
        [*numbers, _how_to_call(run, api_url)]
        if run.status is RunStatus.LIVE
        else numbers
    )


def _numbers(evaluation: EvaluationSummary | None) -> str:
    if evaluation is None:
        return ""
    if not evaluation.baselines:
        return "\n".join(evaluation.reasons)
    table: list[str] = []
    for name, metrics in _compared_metrics(evaluation):
        value = metrics.get(evaluation.metric)
        if value is not None:
            table.append(f"  {name}: {evaluation.metric} {value:.4f}")
    sentence = [evaluation.sentence] if evaluation.sentence else []
    steps = [f"Next: {step}" for step in evaluation.next_steps]
    return "\n".join(
        [
            *sentence,
            *evaluation.reasons,
            *steps,
            f"On {evaluation.rows:,} held-out rows:",
            *table,
        ]
    )


def _compared_metrics(evaluation: EvaluationSummary) -> Iterable[tuple[str, Metrics]]:
    """Each model or baseline by name, with its metrics."""
    yield "this model", evaluation.model
    for name, baseline in evaluation.baselines.items():
        if baseline:
            yield f"{name} baseline ({baseline.name})", baseline.metrics
    if evaluation.champion:
        yield f"the live model ({evaluation.champion.run})", evaluation.champion.metrics


def curl_command(run: RunRecord, api_url: str) -> str:
    """A line for a shell that asks the run's model; the key is left to an environment variable."""
    request = json.dumps(
        example_request(run.task, run.example, run.data.columns), ensure_ascii=False
    )
    url = shlex.quote(f"{api_url}/models/{quote(run.model, safe='')}/predict")
    return (
        f'curl -X POST {url} -H "x-api-key: ${ShellVariable.API_KEY}" -H "content-type: application/json" '
        f"-d {shlex.quote(request)}"
    )


def _how_to_call(run: RunRecord, api_url: str) -> str:
    return f"Call it:\n{curl_command(run, api_url)}" if api_url else ""


def _approval(run: RunRecord, approval: Approval, api_url: str) -> str:
    """What a person can say, and until when."""
    place = (
        f"in the place of {approval.champion}" if approval.champion else "as the first"
    )
    lines = [
        f"It goes live {place} once somebody approves it, with a key that may manage, until {approval.until}."
    ]
    for action in ("approve", "reject") if api_url else ():
        url = shlex.quote(f"{api_url}/runs/{quote(run.run)}/{action}")
        lines.append(
            f'{action}: curl -X POST {url} -H "x-api-key: ${ShellVariable.API_KEY}"'
        )
    if run.report and api_url:
        lines.append(f"Its report: GET {api_url}{run.report}")
    return "\n".join(lines)


def _problems(run: RunRecord) -> str:
    count = len(run.problems) if run.problem_count is None else run.problem_count
    lines = [f"- {problem.message}" for problem in run.problems[:MAX_PROBLEMS]]
    more = [f"… and {count - len(lines):,} more."] if count > len(lines) else []
    return "\n".join(
        [f"Problems found: {count:,}. Nothing was trained.", *lines, *more]
    )


def _failure(failure: Failure) -> str:
    paragraphs = [
        f"Step: {failure.step}",
        f"Cause: {failure.cause}",
        f"What to do: {failure.remedy}",
    ]
    if failure.log_tail:
        paragraphs.append(LOG_HINT)
    if failure.leftovers:
        paragraphs.append(
            "Not removed yet, tried again regularly:\n" + _indented(failure.leftovers)
        )
    return "\n".join(paragraphs)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def detail(run: RunRecord) -> dict[str, Any]:
    """The EventBridge detail: names and numbers only."""
    evaluation = run.evaluation
    facts = {
        "run": run.run,
        "model": run.model,
        "status": run.status,
        "task": run.task,
        "metric": evaluation.metric if evaluation else None,
        "value": evaluation.model.get(evaluation.metric) if evaluation else None,
        "cause": run.failure.cause if run.failure else None,
        "promotion": run.promotion.kind if run.promotion else None,
        "approval_until": run.approval.until
        if run.approval and run.waits_for_approval
        else None,
        "replaced": run.replaced,
        "problem_count": run.problem_count,
    }
    return {name: value for name, value in facts.items() if value is not None}
