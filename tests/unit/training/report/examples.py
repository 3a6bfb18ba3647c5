"""Facts as jobs of every family give them to the report, with every optional field of the evaluation."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.evaluation import Evaluation
from tests.unit.training.report.evaluations import (
    HOSTILE,
    LONG,
    Document,
    FactsFactory,
    calibration,
    changes,
    document,
    label_metric,
    matrix,
    thresholds,
)
from training.report.facts import Facts, Points, Profile


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
        title,
        task_title,
        Evaluation.read(evaluation),
        profile=profile,
        **defaults | fields,
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
        "label_metrics": {
            name: label_metric(index) for index, name in enumerate(names[:60])
        },
        "changes": changes(names),
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
    return classification(200)


def no_confusions() -> Facts:
    return classification(2, confusion=[[30, 0], [0, 40]])


def graph() -> Facts:
    """An encoder that is served as a graph of ONNX Runtime."""
    reason = "int8: accuracy 0.8980 with int8, 0.9000 with float32, within the 0.005 that it may lose."
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
    return classification(
        serving={"engine": "torch", "precision": "float32", "reason": reason}
    )


def multi_label() -> Facts:
    labels = {
        f"topic {index}": {"f1": index / 40, "rows": index * 3} for index in range(40)
    }
    metrics = {"micro_f1": 0.7, "macro_f1": 0.6, "subset_accuracy": 0.4}
    details: Document = {
        "variant": "multi-label",
        "labels": list(labels),
        "label_metrics": labels,
    }
    evaluation = document("text-classification", "micro_f1", metrics, **details)
    return facts("tickets", "Multi-label text classification", evaluation)


def regression() -> Facts:
    rng = random.Random(3)
    true = [rng.choice((1.0, 2.5, 3.0, 4.0, 5.0)) for _ in range(300)]
    points = Points(
        scatter=[(value, value * 0.8 + 0.5 + rng.gauss(0, 0.4)) for value in true]
    )
    metrics = {"pearson": 0.88, "mse": 0.31, "mae": 0.4}
    mistakes = [
        {"row": 4, "input": LONG, "expected": "5.0", "found": "1.25", "score": 3.75}
    ]
    evaluation = document(
        "text-classification",
        "pearson",
        metrics,
        variant="regression",
        mistakes=mistakes,
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
    evaluation = document(
        "question-answering", "f1", metrics, unanswerable=12, mistakes=[mistake]
    )
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
        {
            "document": LONG,
            "summary": "The bridge.",
            "generated": "The council builds.",
        },
        {"generated": HOSTILE},
    ]
    metrics = {"rouge1": 0.41, "rouge2": 0.2, "rougeL": 0.35}
    reason = "The live model was not compared: its archive is damaged (ReadError)."
    evaluation = document(
        "summarization",
        "rouge1",
        metrics,
        samples=samples,
        champion=None,
        champion_reason=reason,
    )
    return facts(
        "minutes",
        "Summarization",
        evaluation,
        points=Points(scores=scores, score_name="rouge1"),
    )


def generation() -> Facts:
    messages = [{"role": "user", "content": "Where is Kyoto?"}]
    samples = [
        {"request": {"inputs": messages, "parameters": {}}, "generated": "In Japan."}
    ]
    metrics = {"token_accuracy": 0.5, "perplexity": 8.1, "loss": 2.1}
    evaluation = document("text-generation", "token_accuracy", metrics, samples=samples)
    points = Points(scores=[0.2, 0.5, 0.6], score_name="token_accuracy")
    return facts("chat", "Text generation", evaluation, points=points)


def masks() -> Facts:
    evaluation = document(
        "fill-mask", "top_1", {"top_1": 0.5, "pseudo_perplexity": 8.1, "loss": 2.1}
    )
    return facts(
        "domain",
        "Fill-mask",
        evaluation,
        points=Points(scores=[0.0, 1.0], score_name="top_1"),
    )


def similarity() -> Facts:
    evaluation = document(
        "feature-extraction", "spearman", {"spearman": 0.8, "pearson": 0.79}
    )
    points = Points(scatter=[(0.5, 0.1), (5.0, 0.9), (3.0, 0.4)])
    return facts("alike", "Sentence similarity", evaluation, points=points)


def pairs() -> Facts:
    evaluation = document(
        "feature-extraction",
        "spearman",
        {"spearman": 0.8, "pearson": 0.79},
        variant="pairs",
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
