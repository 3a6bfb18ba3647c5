"""The ways to fine-tune that are compared, each in a process of its own.

`python -m benchmarks.training_peers <way> <rows> <epochs> <seed> <folder>` prints one line of JSON. All ways see the
same rows, seed, batch size, learning rate, schedule and number of epochs.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from contracts.environment import JobVariable, channel_variable
from contracts.evaluation import Evaluation
from contracts.locations import (
    BASE_MODEL_CHANNEL,
    EVALUATION,
    ROWS,
    SPEC,
    SPEC_CHANNEL,
    TEST_CHANNEL,
    TRAIN_CHANNEL,
)
from localcloud.packaged_data import (
    LABELS,
    package_csv,
    packaged_base_model,
    read_reviews,
    sample,
)
from training.common import thread_settings

Rows = Sequence[tuple[str, str]]
JsonRow = Mapping[str, Any]
JsonRows = Sequence[JsonRow]
BATCH, LEARNING_RATE, WARMUP_SHARE, WEIGHT_DECAY = 32, 1e-4, 0.1, 0.01
TUTORIAL_ROWS = BATCH
"""One step: the tutorial takes about a second a row, and every step takes as long as any other."""
MAX_TOKENS = 256
TEST_ROWS = 800
NAMES = list(LABELS.values())


@dataclass(frozen=True)
class Trial:
    """What is trained. `rows` are those to train on, `folder` is for files."""

    rows: int
    epochs: int
    seed: int
    folder: Path

    def split(self) -> tuple[Rows, Rows]:
        """Rows to train on and rows to evaluate on; another seed draws others."""
        reviews = read_reviews(package_csv())
        drawn = sample(reviews, self.rows + TEST_ROWS, self.seed)
        return drawn[: self.rows], drawn[self.rows :]

    @property
    def steps(self) -> int:
        return self.epochs * math.ceil(self.rows / BATCH)


@dataclass(frozen=True)
class TrialResult:
    """Seconds are of the training alone, without loading, tokenizing or evaluation.

    `rows` counts a row once for each epoch. `accuracy` is None where the run is too short to have one.
    """

    rows: int
    seconds: float
    cpu_seconds: float
    accuracy: float | None


class Clock:
    """Wall and CPU seconds of the code inside `running`."""

    seconds = cpu_seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        start, cpu_start = time.perf_counter(), time.process_time()
        yield
        self.seconds = time.perf_counter() - start
        self.cpu_seconds = time.process_time() - cpu_start


def tutorial(trial: Trial) -> TrialResult:
    """The tutorial of 2021: every text padded to the model's 512 tokens, `Trainer` at its defaults."""
    train, _ = trial.split()
    return _trainer(
        trial, train[:TUTORIAL_ROWS], None, padding="max_length", max_length=512
    )


def run_glue(trial: Trial) -> TrialResult:
    """transformers' example run_glue.py at its defaults: `pad_to_max_length`, `max_seq_length` 128."""
    train, test = trial.split()
    return _trainer(trial, train, test, padding="max_length", max_length=128)


def dynamic(trial: Trial) -> TrialResult:
    """`Trainer` with `DataCollatorWithPadding`: each batch padded to its longest text."""
    train, test = trial.split()
    return _trainer(trial, train, test, padding=False, max_length=MAX_TOKENS)


def bare(trial: Trial) -> TrialResult:
    """Forward, backward, AdamW and nothing else, in float32, on batches of perfectly sorted rows in a random order."""
    clock = Clock()
    model, tokenizer = fine_tune(trial, clock)
    _, test = trial.split()
    accuracy = _accuracy(model, tokenizer, test)
    return _result(trial.rows * trial.epochs, clock, accuracy)


def fine_tune(trial: Trial, clock: Clock | None = None) -> tuple[Any, Any]:
    """Trains with the bare loop; returns the model and its tokenizer. The clock runs during the steps."""
    import torch  # noqa: PLC0415

    torch.set_flush_denormal(True)
    model, tokenizer = _load(trial.seed)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _rate_factor(step, trial.steps)
    )
    train, _ = trial.split()
    batches = list(_sorted_batches(tokenizer, train))
    with (clock or Clock()).running():
        for _ in range(trial.epochs):
            for index in torch.randperm(len(batches)).tolist():
                loss = model(**batches[index]).loss
                loss.backward()
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
    return model, tokenizer


def ours(trial: Trial, **hyperparameters: Any) -> TrialResult:
    """Our whole job, from its channels to its results; the clock runs while it trains."""
    from training import job  # noqa: PLC0415
    from training.inputs.job_inputs import JobPaths  # noqa: PLC0415

    settings = {
        "epochs": trial.epochs,
        "min_steps": 0,
        "seed": trial.seed,
        "learning_rate": LEARNING_RATE,
    }
    settings |= hyperparameters
    places = JobPaths.read(_channels(trial))
    with timing_our_training() as clock:
        job.run(settings, places)
    evaluation = Evaluation.read(
        json.loads((places.output_data / EVALUATION).read_text("utf-8"))
    )
    return _result(trial.rows * trial.epochs, clock, evaluation.model["accuracy"])


@contextmanager
def timing_our_training() -> Iterator[Clock]:
    """A clock that runs while our job trains."""
    from training.fine_tuning import trainer  # noqa: PLC0415

    clock = Clock()
    train = trainer.train

    def timed_train(*arguments: Any) -> float:
        with clock.running():
            return train(*arguments)

    with patch.object(trainer, "train", timed_train):
        yield clock


def ours_in_float32(trial: Trial) -> TrialResult:
    """The same with `bf16: false`."""
    return ours(trial, bf16=False)


def ours_frozen(trial: Trial) -> TrialResult:
    """The same with `freeze_layers: 3` of the model's 6."""
    return ours(trial, freeze_layers=3)


WAYS: dict[str, Callable[[Trial], TrialResult]] = {
    "tutorial": tutorial,
    "run_glue": run_glue,
    "dynamic": dynamic,
    "bare": bare,
    "ours": ours,
    "ours-float32": ours_in_float32,
    "ours-frozen": ours_frozen,
}


def _trainer(
    trial: Trial, train: Rows, test: Rows | None, *, padding: Any, max_length: int
) -> TrialResult:
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments  # noqa: PLC0415

    model, tokenizer = _load(trial.seed)
    epochs = trial.epochs if test is not None else 1
    settings = TrainingArguments(
        **trainer_settings(trial.folder, BATCH, trial.steps, trial.seed),
        num_train_epochs=epochs,
    )
    examples = _examples(tokenizer, train, padding=padding, max_length=max_length)
    trainer = Trainer(model, settings, DataCollatorWithPadding(tokenizer), examples)
    clock = Clock()
    with clock.running():
        trainer.train()
    accuracy = _accuracy(model, tokenizer, test) if test is not None else None
    return _result(len(train) * epochs, clock, accuracy)


def trainer_settings(folder: Path, batch: int, steps: int, seed: int) -> dict[str, Any]:
    """Fields of `TrainingArguments` that make a plain `Trainer` comparable with the job's training."""
    return {
        "output_dir": str(folder / "checkpoints"),
        "per_device_train_batch_size": batch,
        "learning_rate": LEARNING_RATE,
        "weight_decay": WEIGHT_DECAY,
        "warmup_steps": math.ceil(WARMUP_SHARE * steps),
        "seed": seed,
        "use_cpu": _without_gpu(),
        "report_to": [],
        "disable_tqdm": True,
    }


def _without_gpu() -> bool:
    import torch  # noqa: PLC0415

    return not torch.cuda.is_available()


def _load(seed: int) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed  # noqa: PLC0415

    set_seed(seed)
    base = str(packaged_base_model())
    model = AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=len(NAMES)
    ).float()
    return model.train(), AutoTokenizer.from_pretrained(base)


def _examples(
    tokenizer: Any, rows: Rows, *, padding: Any, max_length: int
) -> list[dict[str, Any]]:
    """One dict a row: the tokenizer's columns and `labels`, as `Trainer` takes them."""
    texts = [text for text, _ in rows]
    encoded = tokenizer(texts, padding=padding, truncation=True, max_length=max_length)
    names = [*encoded, "labels"]
    columns = [*encoded.values(), [NAMES.index(label) for _, label in rows]]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _sorted_batches(tokenizer: Any, rows: Rows) -> Iterator[Any]:
    examples = _examples(tokenizer, rows, padding=False, max_length=MAX_TOKENS)
    ordered = sorted(
        examples, key=lambda example: len(example["input_ids"]), reverse=True
    )
    for start in range(0, len(ordered), BATCH):
        yield tokenizer.pad(ordered[start : start + BATCH], return_tensors="pt")


def _rate_factor(step: int, steps: int) -> float:
    """Of the learning rate: it rises linearly during the warm-up, then falls linearly to 0."""
    warmup_steps = math.ceil(WARMUP_SHARE * steps)
    if step < warmup_steps:
        return step / warmup_steps
    remaining = (steps - step) / max(1, steps - warmup_steps)
    return max(0.0, remaining)


def _accuracy(model: Any, tokenizer: Any, rows: Rows) -> float:
    import torch  # noqa: PLC0415

    model.eval()
    correct = 0
    with torch.inference_mode():
        for batch in _sorted_batches(tokenizer, rows):
            labels = batch.pop("labels")
            predicted = model(**batch).logits.argmax(-1)
            correct += int((predicted == labels).sum())
    return correct / len(rows)


def _channels(trial: Trial) -> dict[str, str]:
    """Fills the job's folders; returns the variables of its environment that name them."""
    spec = {
        "model": "reviews",
        "task": "text-classification",
        "labels": NAMES,
        "base_model": "all-MiniLM-L6-v2",
    }
    train, test = trial.split()
    write_channels(trial.folder, spec, _json_rows(train), _json_rows(test))
    return channel_variables(trial.folder, packaged_base_model())


def write_channels(
    folder: Path, spec: JsonRow, train: JsonRows, test: JsonRows
) -> None:
    """Fills the job's folders of rows and of its spec."""
    files = {
        f"{TRAIN_CHANNEL}/{ROWS}": _json_lines(train),
        f"{TEST_CHANNEL}/{ROWS}": _json_lines(test),
        f"{SPEC_CHANNEL}/{SPEC}": json.dumps(spec),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir()
        path.write_text(text, "utf-8")


def channel_variables(folder: Path, base: Path) -> dict[str, str]:
    """The variables of a job's environment that name its folders; it writes into `folder`, too."""
    return {
        channel_variable(TRAIN_CHANNEL): str(folder / TRAIN_CHANNEL),
        channel_variable(TEST_CHANNEL): str(folder / TEST_CHANNEL),
        channel_variable(SPEC_CHANNEL): str(folder / SPEC_CHANNEL),
        channel_variable(BASE_MODEL_CHANNEL): str(base),
        JobVariable.MODEL_DIR: str(folder / "model"),
        JobVariable.OUTPUT_DATA_DIR: str(folder / "output"),
    }


def _json_rows(rows: Rows) -> JsonRows:
    return [{"text": text, "label": label} for text, label in rows]


def _json_lines(rows: JsonRows) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _result(rows: int, clock: Clock, accuracy: float | None) -> TrialResult:
    return TrialResult(rows, clock.seconds, clock.cpu_seconds, accuracy)


def main(way: str, rows: str, epochs: str, seed: str, folder: str) -> None:
    # All run with the job's settings of threads: spinning threads would make other processes decide the figures.
    thread_settings.apply()
    trial = Trial(int(rows), int(epochs), int(seed), Path(folder))
    result = WAYS[way](trial)
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main(*sys.argv[1:])
