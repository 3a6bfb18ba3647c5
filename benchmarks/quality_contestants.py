"""What the quality benchmark compares, each run in a process of its own.

`python -m benchmarks.quality_contestants <set> <contestant> <seed> <settings>` prints one line of JSON. All see the
same rows; the seed draws them, and is the training's.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.quality_sets import SETS, DataSet, split
from benchmarks.training_peers import channel_variables, write_channels
from localcloud.packaged_data import BASE_MODEL, packaged_base_model
from tasks import Row, get_task
from tasks.hyperparameters import Hyperparameters
from training.common import thread_settings
from training.common.types import Metrics
from training.metrics.sums import classification_sums
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe

MAX_LENGTH = 256


@dataclass(frozen=True)
class Cell:
    """One contestant on one draw of one set."""

    data: DataSet
    seed: int
    settings: Mapping[str, Any]
    """Hyperparameters of ours that are set; empty for our defaults."""
    train: list[Row]
    test: list[Row]

    @property
    def recipe(self) -> AnyRecipe:
        task = get_task(self.data.task, self.data.variant)
        labels = sorted({label for row in self.train for label in task.labels_of(row)})
        return recipe_of(task, labels)


def trivial(cell: Cell) -> Metrics:
    """What needs no learning."""
    return cell.recipe.scorer.trivial_baseline(cell.train, cell.test).metrics


def reference(cell: Cell) -> Metrics | None:
    """The job's own reference baseline: TF-IDF with a linear model, or each word's most frequent tag."""
    result = cell.recipe.scorer.reference_baseline(cell.train, cell.test)
    return result.metrics if result else None


def tfidf_balanced(cell: Cell) -> Metrics | None:
    """TF-IDF with logistic regression whose classes weigh alike; None for other tasks."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    from training.recipes.text_classification.single_label import classes  # noqa: PLC0415
    from training.recipes.text_classification.texts import word_features  # noqa: PLC0415

    if cell.data.task != "text-classification" or cell.data.variant:
        return None
    labels = cell.recipe.labels
    train_features, test_features = word_features(cell.train, cell.test)
    classifier = LogisticRegression(C=10.0, max_iter=300, class_weight="balanced")
    classifier.fit(train_features, classes(cell.train, labels))
    answers = classifier.predict(test_features)
    return classification_sums(classes(cell.test, labels), answers).metrics()


def trainer(cell: Cell) -> Metrics:
    """transformers' `Trainer` at its defaults: 3 epochs, 5e-5, batch 8, no warm-up, random batches."""
    from transformers import AutoTokenizer, Trainer, TrainingArguments, set_seed  # noqa: PLC0415

    set_seed(cell.seed)
    ours, base = cell.recipe.trainer, str(packaged_base_model())
    arguments = Hyperparameters.resolve(
        {}, ours.task.defaults | {"max_length": MAX_LENGTH}
    )
    model, tokenizer = ours.load_model(base), AutoTokenizer.from_pretrained(base)
    ours.prepare(model, tokenizer, arguments)
    examples = ours.encode(tokenizer, cell.train, arguments)
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            folder,
            seed=cell.seed,
            use_cpu=True,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
        )
        plain = Trainer(
            model, settings, ours.collator(tokenizer, None, arguments), examples
        )
        plain.train()
    model = ours.finish(model).eval()
    predictions = ours.predict(model, tokenizer, cell.test, arguments)
    return cell.recipe.scorer.metrics(predictions, cell.test)


def ours(cell: Cell) -> Metrics:
    """The job's training as it runs on SageMaker, without what follows it."""
    from training.fine_tuning.checkpoints import StopSignal  # noqa: PLC0415
    from training.fine_tuning.fine_tune import fine_tune  # noqa: PLC0415
    from training.inputs.job_inputs import Job, JobPaths  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = {
            "model": cell.data.name,
            "task": cell.data.task,
            "variant": cell.data.variant,
            "labels": list(cell.recipe.labels),
            "base_model": BASE_MODEL,
            "hyperparameters": {"seed": cell.seed, **cell.settings},
        }
        write_channels(folder, spec, cell.train, cell.test)
        paths = JobPaths.read(channel_variables(folder, packaged_base_model()))
        job = Job.read({}, paths)
        trained = fine_tune(job, StopSignal())
    predictions = job.recipe.trainer.predict(
        trained.model, trained.tokenizer, cell.test, trained.arguments
    )
    return job.recipe.scorer.metrics(predictions, cell.test)


CONTESTANTS: dict[str, Callable[[Cell], Metrics | None]] = {
    "trivial": trivial,
    "reference": reference,
    "tfidf-balanced": tfidf_balanced,
    "trainer": trainer,
    "ours": ours,
}


def main(name: str, contestant: str, seed: str, settings: str) -> None:
    thread_settings.apply()
    data = SETS[name]
    train, test = split(data, int(seed))
    cell = Cell(data, int(seed), json.loads(settings), train, test)
    started = time.perf_counter()
    with patch("training.common.log.print", lambda *_, **__: None, create=True):
        metrics = CONTESTANTS[contestant](cell)
    result = {"metrics": metrics, "seconds": round(time.perf_counter() - started, 1)}
    print(
        json.dumps({"metric": cell.recipe.task.metric, "train": len(train), **result})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
