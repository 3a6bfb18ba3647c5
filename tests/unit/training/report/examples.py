"""Facts as jobs of every family give them to the report, with every optional field of the evaluation."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.evaluation import Evaluation
from training.report.facts import Facts, Points, Profile

LONG = "It was long. " * 500
HOSTILE = (
    '<script src="https://evil.example/x.js">alert(1)</script>" onload="x" '
    "$\\frac{1}$ \x00\ud800 &amp; ]]> #050505"
)
SHARES_OF_THE_MODEL = {"trivial": 0.6, "reference": 0.9, "champion": 0.99}
"""What the compared models reach of each metric of the model."""

Document = dict[str, Any]
"""`evaluation.json`, or a part of it."""
FactsFactory = Callable[[], Facts]


def history(metric: str, steps: int = 120) -> list[Document]:
    rng = random.Random(1)
    entries: list[Document] = []
    for step in range(1, steps + 1):
        loss = 0.2 + 1.5 / (1 + step / 12) + rng.random() * 0.1
        rate = 1e-4 * min(step / 12, 1 - (step - 12) / steps)
        entries.append(
            {"step": step, "epoch": step / 40, "train_loss": loss, "learning_rate": rate}
        )
        if step % 40 == 0:
            entries.append(
                {
                    "step": step,
                    "epoch": step / 40,
                    "eval_loss": loss + 0.1,
                    f"eval_{metric}": 0.9 - loss / 4,
                }
            )
    return entries


def document(task: str, metric: str, model: Mapping[str, float], **fields: Any) -> Document:
    """An evaluation of the model on 800 rows; `fields` replace its own."""
    metrics = {kind: _scaled(model, share) for kind, share in SHARES_OF_THE_MODEL.items()}
    intervals: Document = {
        kind: _intervals(values) for kind, values in {"model": model, **metrics}.items()
    }
    intervals["difference"] = {
        "trivial": [0.21, 0.29],
        "reference": [0.04, 0.12],
        "champion": [-0.01, 0.03],
    }
    mistakes = []
    for row, text in enumerate((LONG, HOSTILE, "Ein schönes Märchen. 中文电影很好看。", "short")):
        score = 0.99 - row / 100
        mistake = {
            "row": row,
            "input": f"{text} {row}",
            "expected": "positive",
            "found": "negative",
            "score": score,
        }
        if row == 0:
            mistake |= {"file": "tickets.csv", "file_row": 1234}
        mistakes.append(mistake)
    return {
        "task": task,
        "variant": "",
        "metric": metric,
        "rows": 800,
        "model": dict(model),
        "baselines": {
            "trivial": {"name": "always 'positive'", "metrics": metrics["trivial"]},
            "reference": {
                "name": "TF-IDF (1-2 words) + logistic regression",
                "metrics": metrics["reference"],
            },
        },
        "champion": {"run": "films-abc-1", "name": "films-abc-1", "metrics": metrics["champion"]},
        "champion_reason": None,
        "intervals": intervals,
        "calibration": None,
        "leakage": {"train": 3, "validation": 0, "duplicates": 2},
        "mistakes": mistakes,
        "training": {
            "rows": 3200,
            "epochs": 3.0,
            "seconds": 412.5,
            "rows_per_second": 23.3,
            "device": "Tesla T4",
        },
        "versions": {"python": "3.12.4", "torch": "2.9.0", "transformers": "5.3.0"},
        "history": history(metric),
        **fields,
    }


def _scaled(metrics: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: value * share for name, value in metrics.items()}


def _intervals(metrics: Mapping[str, float]) -> dict[str, list[float]]:
    return {name: [value * 0.97, value * 1.02] for name, value in metrics.items()}


def matrix(labels: int, seed: int = 0) -> list[list[int]]:
    """Counts of true (rows) and predicted (columns) labels, most of them on the diagonal."""
    rng = random.Random(seed)
    rows = []
    for true in range(labels):
        row = []
        for predicted in range(labels):
            row.append(rng.randint(20, 60) if true == predicted else int(rng.random() ** 8 * 9))
        rows.append(row)
    return rows


def calibration() -> Document:
    bins: list[Document] = []
    for index in range(10):
        interval = {"low": index / 10, "high": (index + 1) / 10}
        if index < 5:
            bins.append({**interval, "confidence": None, "accuracy": None, "rows": 0})
        else:
            bins.append(
                {
                    **interval,
                    "confidence": index / 10 + 0.05,
                    "accuracy": index / 11,
                    "rows": 20 * index,
                }
            )
    return {"ece": 0.123, "bins": bins}


def label_metric(index: int) -> Document:
    share = 0.9 - index / 100
    return {
        "f1": share,
        "rows": 100 + index,
        "precision": share,
        "recall": share,
        "train_rows": 900,
    }


def thresholds() -> list[Document]:
    shares = {0.0: (1.0, 0.84), 0.5: (0.9, 0.9), 0.8: (0.61, 0.96), 0.99: (0.0, None)}
    rows: list[Document] = []
    for score, (answered, right) in shares.items():
        rows.append({"score": score, "answered": answered, "right": right})
    return rows


def facts(
    title: str,
    task_title: str,
    evaluation: Document,
    classes: Mapping[str, int] | None = None,
    **fields: Any,
) -> Facts:
    """The evaluation beside a profile and settings; `fields` replace those of `Facts`."""
    rng = random.Random(2)
    words = {}
    for split in ("train", "validation", "test"):
        words[split] = [int(rng.gammavariate(3, 40)) + 1 for _ in range(400)]
    profile = Profile(
        {"train": 3200, "validation": 400, "test": 800},
        words,
        classes or {},
        repeated=41,
        cut=0.083,
    )
    defaults: dict[str, Any] = {
        "run": "films-1a2b3c4d-1",
        "base_model": "sentence-transformers/all-MiniLM-L6-v2",
        "hyperparameters": {
            "epochs": 3.0,
            "learning_rate": 1e-4,
            "max_length": 256,
            "seed": 42,
            "prefix": HOSTILE,
        },
        "request": {"inputs": "It's a good film"},
        "machine": "1 × ml.g5.xlarge",
    }
    return Facts(
        title, task_title, Evaluation.read(evaluation), profile=profile, **defaults | fields
    )


def classification_document(class_count: int = 6, **fields: Any) -> Document:
    names = [
        "negative",
        "positive",
        "größe",
        "中文标签",
        "a very long name of a label indeed",
        HOSTILE,
    ]
    names = (names + [f"label {index}" for index in range(class_count)])[:class_count]
    details: Document = {
        "labels": names,
        "confusion": matrix(class_count),
        "calibration": calibration(),
        "label_metrics": {name: label_metric(index) for index, name in enumerate(names[:60])},
        "thresholds": thresholds(),
        "label_errors": 11,
        "sentence": "About 84 of 100 new texts get the right label (82 to 87).",
        "next_steps": [
            "größe: 4 of 7 right, only 33 training rows: add about 70.",
            f"{HOSTILE}: 1 of 3 right.",
        ],
    }
    return document(
        "text-classification",
        "accuracy",
        {"accuracy": 0.843, "macro_f1": 0.821},
        **details | fields,
    )


def classification(class_count: int = 6, **fields: Any) -> Facts:
    evaluation = classification_document(class_count, **fields)
    classes = dict.fromkeys(evaluation["labels"], 900)
    return facts(
        "Größe films & more",
        "Text classification",
        evaluation,
        classes=classes,
        files=["tickets.csv", HOSTILE],
        inspection_warnings=["Repeated texts in 2 rows (5%): kept.", HOSTILE],
        made_at=datetime(2026, 11, 28, 8, 14, tzinfo=UTC),
    )


def many_labels() -> Facts:
    return classification(1000)


def no_confusions() -> Facts:
    return classification(2, confusion=[[30, 0], [0, 40]])


def graph() -> Facts:
    """An encoder that is served as a graph of ONNX Runtime."""
    reason = (
        "int8: accuracy 0.8980 with int8, 0.9000 with float32, within the 0.005 that it may lose."
    )
    serving = {
        "engine": "onnxruntime",
        "precision": "int8",
        "reason": reason,
        "metric": "accuracy",
        "rows": 800,
        "values": {"torch": 0.9, "float32": 0.9, "int8": 0.898},
        "bytes": {"torch": 91_000_000, "float32": 91_000_000, "int8": 23_200_000},
        "seconds": 21.5,
    }
    return classification(serving=serving)


def no_graph() -> Facts:
    reason = "There is no graph: onnx is not installed where it was trained."
    return classification(serving={"engine": "torch", "precision": "float32", "reason": reason})


def multi_label() -> Facts:
    labels = {f"topic {index}": {"f1": index / 40, "rows": index * 3} for index in range(40)}
    metrics = {"micro_f1": 0.7, "macro_f1": 0.6, "subset_accuracy": 0.4}
    details: Document = {"variant": "multi-label", "labels": list(labels), "label_metrics": labels}
    evaluation = document("text-classification", "micro_f1", metrics, **details)
    return facts("tickets", "Multi-label text classification", evaluation)


def regression() -> Facts:
    rng = random.Random(3)
    true = [rng.choice((1.0, 2.5, 3.0, 4.0, 5.0)) for _ in range(300)]
    points = Points(scatter=[(value, value * 0.8 + 0.5 + rng.gauss(0, 0.4)) for value in true])
    metrics = {"pearson": 0.88, "mse": 0.31, "mae": 0.4}
    mistakes = [{"row": 4, "input": LONG, "expected": "5.0", "found": "1.25", "score": 3.75}]
    evaluation = document(
        "text-classification", "pearson", metrics, variant="regression", mistakes=mistakes
    )
    return facts("stars", "Text regression", evaluation, points=points)


def tokens() -> Facts:
    labels = ["B-LOC", "B-ORG", "B-PER", "I-LOC", "I-ORG", "I-PER", "O"]
    confusion = matrix(7, 4)
    confusion[6][6] = 9000
    metrics = {"f1": 0.87, "precision": 0.88, "recall": 0.86, "token_accuracy": 0.97}
    mistake = {
        "row": 3,
        "input": "Ada was in London",
        "expected": "Ada (PER), London (LOC)",
        "found": "London (PER)",
        "score": 0.0,
    }
    evaluation = document(
        "token-classification",
        "f1",
        metrics,
        labels=labels,
        confusion=confusion,
        mistakes=[mistake],
    )
    return facts(
        "people",
        "Token classification",
        evaluation,
        classes={"O": 9000, "B-PER": 800, "B-LOC": 650},
    )


def questions() -> Facts:
    rng = random.Random(5)
    scores = [rng.choice((0.0, 1.0, 1.0, 1.0, rng.random())) for _ in range(300)]
    mistake = {
        "row": 7,
        "input": f"question: Where was Ada born?\ncontext: {LONG}",
        "expected": "London or in London",
        "found": "1815",
        "score": 0.0,
    }
    metrics = {"f1": 0.78, "exact_match": 0.7}
    evaluation = document("question-answering", "f1", metrics, unanswerable=12, mistakes=[mistake])
    request = {"inputs": {"question": "Where was Ada born?", "context": LONG}}
    return facts(
        "faq",
        "Question answering",
        evaluation,
        points=Points(scores=scores, score_name="f1"),
        request=request,
    )


def summaries() -> Facts:
    rng = random.Random(6)
    scores = [min(1.0, abs(rng.gauss(0.4, 0.15))) for _ in range(300)]
    samples = [
        {"document": LONG, "summary": "The bridge.", "generated": "The council builds."},
        {"generated": HOSTILE},
    ]
    metrics = {"rouge1": 0.41, "rouge2": 0.2, "rougeL": 0.35}
    reason = "The live model was not compared: its archive is damaged (ReadError)."
    evaluation = document(
        "summarization", "rouge1", metrics, samples=samples, champion=None, champion_reason=reason
    )
    return facts(
        "minutes", "Summarization", evaluation, points=Points(scores=scores, score_name="rouge1")
    )


def generation() -> Facts:
    messages = [{"role": "user", "content": "Where is Kyoto?"}]
    samples = [{"request": {"inputs": messages, "parameters": {}}, "generated": "In Japan."}]
    metrics = {"token_accuracy": 0.5, "perplexity": 8.1, "loss": 2.1}
    evaluation = document("text-generation", "token_accuracy", metrics, samples=samples)
    points = Points(scores=[0.2, 0.5, 0.6], score_name="token_accuracy")
    return facts("chat", "Text generation", evaluation, points=points)


def masks() -> Facts:
    evaluation = document(
        "fill-mask", "top_1", {"top_1": 0.5, "pseudo_perplexity": 8.1, "loss": 2.1}
    )
    return facts(
        "domain", "Fill-mask", evaluation, points=Points(scores=[0.0, 1.0], score_name="top_1")
    )


def similarity() -> Facts:
    evaluation = document("feature-extraction", "spearman", {"spearman": 0.8, "pearson": 0.79})
    points = Points(scatter=[(0.5, 0.1), (5.0, 0.9), (3.0, 0.4)])
    return facts("alike", "Sentence similarity", evaluation, points=points)


def pairs() -> Facts:
    evaluation = document(
        "feature-extraction", "spearman", {"spearman": 0.8, "pearson": 0.79}, variant="pairs"
    )
    return facts(
        "pairs",
        "Sentence similarity",
        evaluation,
        points=Points(scatter=[(1.0, 0.8), (0.0, 0.1)] * 9),
    )


def bare_document(**fields: Any) -> Document:
    """An evaluation without its optional fields."""
    evaluation = document("text-classification", "accuracy", {"accuracy": 0.5})
    for name in (
        "intervals",
        "calibration",
        "champion_reason",
        "leakage",
        "mistakes",
        "history",
        "versions",
    ):
        del evaluation[name]
    baselines = {
        "trivial": {"name": "always 'positive'", "metrics": {"accuracy": 0.5}},
        "reference": None,
    }
    return evaluation | {"champion": None, "baselines": baselines, "rows": 12} | fields


def bare() -> Facts:
    """What is known of a job that reports as little as possible."""
    return Facts("bare", "Text classification", Evaluation.read(bare_document()))


ALL: Sequence[FactsFactory] = (
    classification,
    many_labels,
    no_confusions,
    graph,
    no_graph,
    multi_label,
    regression,
    tokens,
    questions,
    summaries,
    generation,
    masks,
    similarity,
    pairs,
    bare,
)
