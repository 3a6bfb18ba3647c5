"""How good the models are by our defaults, beside TF-IDF, plain `Trainer` and SetFit, on real sets, over seeds.

python -m benchmarks.quality [--sets fortunes names …] [--contestants ours trainer …] [--seeds 3]
                             [--set learning_rate=3e-4 --name ours-3e-4] [--table]

Each cell, a contestant on one draw of one set, runs in a process of its own. Results are lines of
`.bench/quality/results.jsonl`: what is there is not run again, so that a benchmark goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality_contestants import CONTESTANTS
from benchmarks.quality_sets import SETS
from benchmarks.training import OFFLINE, machine

RESULTS = Path(".bench/quality/results.jsonl")
SEEDS = 3
Result = Mapping[str, Any]
Key = tuple[str, str, int]


def measure(
    name: str, contestant: str, seed: int, settings: Mapping[str, Any]
) -> Result:
    """Runs one cell; its line of results."""
    arguments = [name, contestant, str(seed), json.dumps(settings)]
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "benchmarks.quality_contestants",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | OFFLINE,
    )
    if done.returncode:
        raise SystemExit(
            f"{contestant} on {name} ended with an error: {done.stderr[-2000:]}"
        )
    line: Result = json.loads(done.stdout.splitlines()[-1])
    return line


def run(
    sets: Sequence[str],
    contestants: Mapping[str, tuple[str, Mapping[str, Any]]],
    seeds: Sequence[int],
) -> None:
    """Runs what has no result yet, one seed after another. `contestants`: name -> contestant and its settings."""
    done = {_key(result) for result in read_results()}
    for seed in seeds:
        for data in sets:
            for name, (contestant, settings) in contestants.items():
                if (data, name, seed) in done:
                    continue
                result = measure(data, contestant, seed, settings)
                today = datetime.now(UTC).date().isoformat()
                line = {
                    "set": data,
                    "contestant": name,
                    "seed": seed,
                    "date": today,
                    **result,
                }
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
                print(json.dumps(line), flush=True)


def read_results() -> list[Result]:
    if not RESULTS.is_file():
        return []
    return [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]


def _key(result: Result) -> Key:
    return result["set"], result["contestant"], result["seed"]


def table(results: Sequence[Result]) -> Iterator[str]:
    """A line for each set: the mean of the metric of each contestant over its seeds, and its range."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    metrics: dict[str, str] = {}
    for result in results:
        if result["metrics"] is not None:
            value = result["metrics"][result["metric"]]
            values[result["set"], result["contestant"]].append(value)
            metrics[result["set"]] = result["metric"]
    contestants = list(dict.fromkeys(result["contestant"] for result in results))
    yield f"| set | metric | {' | '.join(contestants)} |"
    yield "|---" * (2 + len(contestants)) + "|"
    for name in [name for name in SETS if name in metrics]:
        cells = [
            _shown(values.get((name, contestant), ())) for contestant in contestants
        ]
        yield f"| {name} | {metrics[name]} | {' | '.join(cells)} |"


def _shown(values: Sequence[float]) -> str:
    if not values:
        return "-"
    mean = f"{statistics.mean(values):.3f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--contestants", nargs="+", default=list(CONTESTANTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(SEEDS)))
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="of ours"
    )
    parser.add_argument("--name", default="ours", help="of ours with these settings")
    parser.add_argument("--table", action="store_true", help="only print what there is")
    options = parser.parse_args()
    if not options.table:
        settings = {}
        for text in options.set:
            name, _, value = text.partition("=")
            settings[name] = json.loads(value)
        chosen: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for contestant in options.contestants:
            if contestant == "ours":
                chosen[options.name] = ("ours", settings)
            else:
                chosen[contestant] = (contestant, {})
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        run(options.sets, chosen, options.seeds)
    print("\n".join(table(read_results())))
    print(machine())


if __name__ == "__main__":
    main()
