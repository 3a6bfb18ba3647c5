"""What subscribers are told about a run's end: a text for people, a small detail for programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from functions.adapters.notifications import subject_line
from functions.common.example_request import example_request
from functions.common.records import Failure, Run

PROBLEMS_SHOWN = 20
_LOG_SHOWN = 15

_HEADLINES = {
    "live": "is live",
    "superseded": "was live and is superseded",
    "kept champion": "was trained but is not good enough",
    "rejected": "was not trained: the data has problems",
    "failed": "failed",
    "stopped": "was stopped",
}


def subject(run: Run) -> str:
    return subject_line(f"Traindrop: {run['model']} {_HEADLINES.get(run['status'], run['status'])}")


def body(run: Run, api_url: str) -> str:
    """What happened, the numbers, and what to do next."""
    headline = _HEADLINES.get(run["status"], f"is {run['status']}")
    parts = [f"{run['model']} {headline}.", *_sections(run, api_url), f"Run: {run['run']}"]
    if api_url:
        parts.append(f"Everything about it: GET {api_url}/runs/{quote(run['run'])}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _sections(run: Run, api_url: str) -> Iterable[str]:
    if run["status"] == "rejected":
        return [_problems(run)]
    if failure := run.get("failure"):
        return [_failure(failure)]
    numbers = [_numbers(run.get("evaluation", {}))]
    return [*numbers, _how_to_call(run, api_url)] if run["status"] == "live" else numbers


def _numbers(evaluation: Mapping[str, Any]) -> str:
    if not evaluation:
        return ""
    if not evaluation["baselines"]:
        return "\n".join(evaluation.get("reasons", []))
    metric = evaluation["metric"]
    rows = [("this model", evaluation["model"])]
    rows += [(f"{key} baseline ({b['name']})", b["metrics"]) for key, b in evaluation["baselines"].items() if b]
    if champion := evaluation.get("champion"):
        rows.append((f"the live model ({champion['run']})", champion["metrics"]))
    table = [f"  {name}: {metric} {metrics[metric]:.4f}" for name, metrics in rows if metrics.get(metric) is not None]
    reasons = evaluation.get("reasons", [])
    return "\n".join([*reasons, f"On {evaluation['rows']:,} held-out rows:", *table])


def curl_command(run: Run, api_url: str) -> str:
    """A line for a shell that asks the run's model; the key is left to an environment variable."""
    request = json.dumps(example_request(run.get("task"), run.get("example")), ensure_ascii=False)
    url = shlex.quote(f"{api_url}/models/{quote(run['model'], safe='')}/predict")
    return (
        f'curl -X POST {url} -H "x-api-key: $TRAINDROP_API_KEY" -H "content-type: application/json" '
        f"-d {shlex.quote(request)}"
    )


def _how_to_call(run: Run, api_url: str) -> str:
    return f"Call it:\n{curl_command(run, api_url)}" if api_url else ""


def _problems(run: Run) -> str:
    problems = run.get("problems", [])
    count = run.get("problem_count", len(problems))
    lines = [f"- {_problem(problem)}" for problem in problems[:PROBLEMS_SHOWN]]
    more = [f"… and {count - len(lines):,} more."] if count > len(lines) else []
    return "\n".join([f"Problems found: {count:,}. Nothing was trained.", *lines, *more])


def _problem(problem: Mapping[str, Any]) -> str:
    row = f"row {problem['row']}" if problem.get("row") else None
    column = f"column {problem['column']!r}" if problem.get("column") else None
    where = ", ".join(part for part in (problem.get("file"), row, column) if part)
    text = f"expected {problem.get('expected')}; found {problem.get('found')}. {problem.get('remedy', '')}"
    return f"{where}: {text}" if where else text


def _failure(failure: Failure) -> str:
    parts = [f"Step: {failure['step']}", f"Cause: {failure['cause']}", f"What to do: {failure['remedy']}"]
    if tail := failure.get("log_tail"):
        parts.append("Last log lines:\n" + "\n".join(f"  {line}" for line in tail[-_LOG_SHOWN:]))
    if left := failure.get("leftovers"):
        parts.append("Not removed yet, tried again regularly:\n" + "\n".join(f"  {item}" for item in left))
    return "\n".join(parts)


def detail(run: Run) -> dict[str, Any]:
    """The EventBridge detail: names and numbers only."""
    evaluation = run.get("evaluation", {})
    facts = {
        "run": run["run"],
        "model": run["model"],
        "status": run["status"],
        "task": run.get("task"),
        "metric": evaluation.get("metric"),
        "value": (evaluation.get("model") or {}).get(evaluation.get("metric")),
        "cause": run.get("failure", {}).get("cause"),
        "problem_count": run.get("problem_count"),
    }
    return {name: value for name, value in facts.items() if value is not None}
