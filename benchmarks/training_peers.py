"""The ways to fine-tune that are measured, each in a process of its own: `python -m benchmarks.training_peers <way> …`.

All see the same rows, seed, batch size, learning rate, schedule and number of epochs; each prints one line of JSON.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from localcloud.packaged_data import LABELS, package_csv, read_reviews, sample
from localcloud.seed import packaged_base_model
from training import thread_settings

Rows = Sequence[tuple[str, str]]
BATCH, LEARNING_RATE, WARMUP, WEIGHT_DECAY = 32, 1e-4, 0.1, 0.01
TUTORIAL_ROWS = BATCH
"""It takes about as many seconds as rows, every step as long as any other: one step tells its speed."""
TEST_ROWS = 800
NAMES = list(LABELS.values())


@dataclass(frozen=True)
class Trial:
    """What is to be trained, and where there is room for files."""

    rows: int
    epochs: int
    seed: int
    folder: Path

    def split(self) -> tuple[Rows, Rows]:
        """Rows to train on, drawn anew for each seed, and rows to judge by."""
        drawn = sample(read_reviews(package_csv()), self.rows + TEST_ROWS, self.seed)
        return drawn[: self.rows], drawn[self.rows :]

    @property
    def steps(self) -> int:
        return self.epochs * math.ceil(self.rows / BATCH)


@dataclass(frozen=True)
class Answer:
    """Seconds are of the training alone, without loading, tokenizing or evaluation; accuracy is None of a short run."""

    rows: int
    seconds: float
    cpu_seconds: float
    accuracy: float | None


class Clock:
    """Wall and CPU seconds of what runs inside `running`."""

    seconds = cpu_seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds, self.cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu


def tutorial(trial: Trial) -> Answer:
    """As the tutorial of 2021 did: every text padded to the model's 512 tokens, `Trainer` at its defaults."""
    train, _ = trial.split()
    return _trainer(trial, train[:TUTORIAL_ROWS], None, padding="max_length", max_length=512)


def run_glue(trial: Trial) -> Answer:
    """As transformers' example run_glue.py does at its defaults: `pad_to_max_length`, `max_seq_length` 128."""
    train, test = trial.split()
    return _trainer(trial, train, test, padding="max_length", max_length=128)


def dynamic(trial: Trial) -> Answer:
    """`Trainer` with `DataCollatorWithPadding`: each batch padded to its longest text."""
    train, test = trial.split()
    return _trainer(trial, train, test, padding=False, max_length=256)


def bare(trial: Trial) -> Answer:
    """Forward, backward, AdamW and nothing else, in float32, on batches of perfectly sorted rows in a random order."""
    clock = Clock()
    model, tokenizer = fitted(trial, clock)
    return _answer(trial.rows * trial.epochs, clock, _accuracy(model, tokenizer, trial.split()[1]))


def fitted(trial: Trial, clock: Clock | None = None) -> tuple[Any, Any]:
    """The model that the bare loop trains, and its tokenizer; the clock runs during its steps."""
    import torch  # noqa: PLC0415

    torch.set_flush_denormal(True)
    model, tokenizer = _loaded(trial.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _factor(step, trial.steps))
    batches = list(_sorted_batches(tokenizer, trial.split()[0]))
    with (clock or Clock()).running():
        for _ in range(trial.epochs):
            for index in torch.randperm(len(batches)).tolist():
                model(**batches[index]).loss.backward()
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
    return model, tokenizer


def ours(trial: Trial, **hyperparameters: Any) -> Answer:
    """The whole job from its channels to its results, baselines aside; the clock runs while it trains."""
    from training import job  # noqa: PLC0415
    from training.fine_tuning import trainer  # noqa: PLC0415
    from training.inputs import Places  # noqa: PLC0415

    clock, train = Clock(), trainer.train

    def timed(*arguments: Any) -> float:
        with clock.running():
            return train(*arguments)

    given = {"epochs": trial.epochs, "min_steps": 0, "seed": trial.seed, "learning_rate": LEARNING_RATE}
    found = Places.read(_channels(trial))
    argv = [f"--{name}={json.dumps(value)}" for name, value in (given | hyperparameters).items()]
    with patch.object(trainer, "train", timed):
        job.run(argv, found)
    judged = json.loads((found.output_data / "evaluation.json").read_text("utf-8"))
    return _answer(trial.rows * trial.epochs, clock, judged["model"]["accuracy"])


def ours_in_float32(trial: Trial) -> Answer:
    """The same with `bf16: false`."""
    return ours(trial, bf16=False)


def ours_frozen(trial: Trial) -> Answer:
    """The same with `freeze_layers: 3` of the model's 6."""
    return ours(trial, freeze_layers=3)


WAYS: dict[str, Callable[[Trial], Answer]] = {
    "tutorial": tutorial,
    "run_glue": run_glue,
    "dynamic": dynamic,
    "bare": bare,
    "ours": ours,
    "ours-float32": ours_in_float32,
    "ours-frozen": ours_frozen,
}


def _trainer(trial: Trial, train: Rows, test: Rows | None, *, padding: Any, max_length: int) -> Answer:
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments  # noqa: PLC0415

    model, tokenizer = _loaded(trial.seed)
    epochs = trial.epochs if test is not None else 1
    settings = TrainingArguments(
        output_dir=str(trial.folder / "checkpoints"),
        per_device_train_batch_size=BATCH,
        num_train_epochs=epochs,
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        warmup_steps=math.ceil(WARMUP * trial.steps),
        seed=trial.seed,
        use_cpu=_without_gpu(),
        report_to=[],
        disable_tqdm=True,
    )
    examples = _examples(tokenizer, train, padding=padding, max_length=max_length)
    trainer = Trainer(model, settings, DataCollatorWithPadding(tokenizer), examples)
    clock = Clock()
    with clock.running():
        trainer.train()
    return _answer(len(train) * epochs, clock, _accuracy(model, tokenizer, test) if test is not None else None)


def _without_gpu() -> bool:
    import torch  # noqa: PLC0415

    return not torch.cuda.is_available()


def _loaded(seed: int) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed  # noqa: PLC0415

    set_seed(seed)
    base = str(packaged_base_model())
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(NAMES)).float()
    return model.train(), AutoTokenizer.from_pretrained(base)


def _examples(tokenizer: Any, rows: Rows, *, padding: Any, max_length: int) -> list[dict[str, Any]]:
    encoded = tokenizer([text for text, _ in rows], padding=padding, truncation=True, max_length=max_length)
    columns = [*encoded.values(), [NAMES.index(label) for _, label in rows]]
    return [dict(zip([*encoded, "labels"], row, strict=True)) for row in zip(*columns, strict=True)]


def _sorted_batches(tokenizer: Any, rows: Rows) -> Iterator[Any]:
    ordered = sorted(_examples(tokenizer, rows, padding=False, max_length=256), key=lambda row: -len(row["input_ids"]))
    for start in range(0, len(ordered), BATCH):
        yield tokenizer.pad(ordered[start : start + BATCH], return_tensors="pt")


def _factor(step: int, steps: int) -> float:
    """The learning rate's share: it rises, then falls to nothing."""
    rising = math.ceil(WARMUP * steps)
    return step / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def _accuracy(model: Any, tokenizer: Any, rows: Rows) -> float:
    import torch  # noqa: PLC0415

    model.eval()
    right = 0
    with torch.inference_mode():
        for batch in _sorted_batches(tokenizer, rows):
            labels = batch.pop("labels")
            right += int((model(**batch).logits.argmax(-1) == labels).sum())
    return right / len(rows)


def _channels(trial: Trial) -> dict[str, str]:
    """The job's folders, filled, as its environment names them."""
    spec = {"model": "reviews", "task": "text-classification", "labels": NAMES, "base_model": "all-MiniLM-L6-v2"}
    files = {name: _lines(rows) for name, rows in zip(("train", "test"), trial.split(), strict=True)}
    for name, text in {**files, "spec": json.dumps(spec)}.items():
        path = trial.folder / name / ("spec.json" if name == "spec" else "rows.jsonl")
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    channels = {f"SM_CHANNEL_{name.upper()}": str(trial.folder / name) for name in ("train", "test", "spec")}
    outputs = {"SM_MODEL_DIR": str(trial.folder / "model"), "SM_OUTPUT_DATA_DIR": str(trial.folder / "output")}
    return {**channels, **outputs, "SM_CHANNEL_BASE": str(packaged_base_model())}


def _lines(rows: Rows) -> str:
    return "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)


def _answer(rows: int, clock: Clock, accuracy: float | None) -> Answer:
    return Answer(rows, clock.seconds, clock.cpu_seconds, accuracy)


def main(way: str, rows: str, epochs: str, seed: str, folder: str) -> None:
    # All run with the threads' settings of the job: what else the machine does shall not decide.
    thread_settings.apply()
    answer = WAYS[way](Trial(int(rows), int(epochs), int(seed), Path(folder)))
    print(json.dumps(asdict(answer)))


if __name__ == "__main__":
    main(*sys.argv[1:])
