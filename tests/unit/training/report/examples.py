"""Evaluations as jobs of every family leave them, with every optional part, made up."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from training.report.facts import Facts, Points, Profile

LONG = "It was long. " * 500
HOSTILE = (
    '<script src="https://evil.example/x.js">alert(1)</script>" onload="x" $\\frac{1}$ \x00\ud800 &amp; ]]> #050505'
)


def history(metric: str, steps: int = 120) -> list[dict[str, Any]]:
    draw = random.Random(1)
    found: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        loss = 0.2 + 1.5 / (1 + step / 12) + draw.random() * 0.1
        rate = 1e-4 * min(step / 12, 1 - (step - 12) / steps)
        found.append({"step": step, "epoch": step / 40, "train_loss": loss, "learning_rate": rate})
        if step % 40 == 0:
            found.append({"step": step, "epoch": step / 40, "eval_loss": loss + 0.1, f"eval_{metric}": 0.9 - loss / 4})
    return found


def evaluation(task: str, metric: str, model: Mapping[str, float], **more: Any) -> dict[str, Any]:
    rivals = {kind: {name: value * share for name, value in model.items()} for kind, share in RIVALS.items()}
    return {
        "task": task,
        "variant": "",
        "metric": metric,
        "rows": 800,
        "model": dict(model),
        "baselines": {
            "trivial": {"name": "always 'positive'", "metrics": rivals["trivial"]},
            "reference": {"name": "TF-IDF (1-2 words) + logistic regression", "metrics": rivals["reference"]},
        },
        "champion": {"run": "films-abc-1", "name": "films-abc-1", "metrics": rivals["champion"]},
        "champion_reason": None,
        "intervals": {kind: _around(values) for kind, values in {"model": model, **rivals}.items()}
        | {"difference": {"trivial": [0.21, 0.29], "reference": [0.04, 0.12], "champion": [-0.01, 0.03]}},
        "calibration": None,
        "leakage": {"train": 3, "validation": 0, "duplicates": 2},
        "mistakes": [
            {"row": i, "input": f"{text} {i}", "expected": "positive", "found": "negative", "score": 0.99 - i / 100}
            for i, text in enumerate((LONG, HOSTILE, "Ein schönes Märchen. 中文电影很好看。", "short"))
        ],
        "training": {"rows": 3200, "epochs": 3.0, "seconds": 412.5, "rows_per_second": 23.3, "device": "Tesla T4"},
        "versions": {"python": "3.12.4", "torch": "2.9.0", "transformers": "5.3.0"},
        "history": history(metric),
        **more,
    }


RIVALS = {"trivial": 0.6, "reference": 0.9, "champion": 0.99}


def _around(values: Mapping[str, float]) -> dict[str, list[float]]:
    return {name: [value * 0.97, value * 1.02] for name, value in values.items()}


def matrix(names: int, seed: int = 0) -> list[list[int]]:
    draw = random.Random(seed)
    return [
        [draw.randint(20, 60) if i == j else int(draw.random() ** 8 * 9) for j in range(names)] for i in range(names)
    ]


def calibration() -> dict[str, Any]:
    bins = [
        {"low": i / 10, "high": (i + 1) / 10, "confidence": None, "accuracy": None, "rows": 0}
        if i < 5
        else {"low": i / 10, "high": (i + 1) / 10, "confidence": i / 10 + 0.05, "accuracy": i / 11, "rows": 20 * i}
        for i in range(10)
    ]
    return {"ece": 0.123, "bins": bins}


def facts(title: str, task_title: str, found: dict[str, Any], **more: Any) -> Facts:
    draw = random.Random(2)
    profile = Profile(
        {"train": 3200, "validation": 400, "test": 800},
        {name: [int(draw.gammavariate(3, 40)) + 1 for _ in range(400)] for name in ("train", "validation", "test")},
        more.pop("classes", {}),
        repeated=41,
        cut=0.083,
    )
    given = {"epochs": 3.0, "learning_rate": 1e-4, "max_length": 256, "seed": 42, "prefix": HOSTILE}
    shown: dict[str, Any] = {
        "run": "films-1a2b3c4d-1",
        "base_model": "sentence-transformers/all-MiniLM-L6-v2",
        "hyperparameters": given,
        "request": {"inputs": "It's a good film"},
        "machine": "1 × ml.g5.xlarge",
    }
    return Facts(title, task_title, found, profile=profile, **shown | more)


def classification(names: int = 6) -> Facts:
    labels = ["negative", "positive", "größe", "中文标签", "a very long name of a label indeed", HOSTILE]
    labels = (labels + [f"label {i}" for i in range(names)])[:names]
    more = {"labels": labels, "confusion": matrix(names), "calibration": calibration()}
    found = evaluation("text-classification", "accuracy", {"accuracy": 0.843, "macro_f1": 0.821}, **more)
    return facts("Größe films & more", "Text classification", found, classes=dict.fromkeys(labels, 900))


def many_labels() -> Facts:
    return classification(1000)


def multi_label() -> Facts:
    labels = {f"topic {i}": {"f1": i / 40, "rows": i * 3} for i in range(40)}
    metrics = {"micro_f1": 0.7, "macro_f1": 0.6, "subset_accuracy": 0.4}
    more = {"variant": "multi-label", "labels": list(labels), "label_metrics": labels}
    return facts(
        "tickets", "Multi-label text classification", evaluation("text-classification", "micro_f1", metrics, **more)
    )


def regression() -> Facts:
    draw = random.Random(3)
    true = [draw.choice((1.0, 2.5, 3.0, 4.0, 5.0)) for _ in range(300)]
    points = Points(scatter=[(each, each * 0.8 + 0.5 + draw.gauss(0, 0.4)) for each in true])
    found = evaluation(
        "text-classification", "pearson", {"pearson": 0.88, "mse": 0.31, "mae": 0.4}, variant="regression"
    )
    found["mistakes"] = [{"row": 4, "input": LONG, "expected": 5.0, "found": 1.25, "score": 3.75}]
    return facts("stars", "Text regression", found, points=points)


def tokens() -> Facts:
    labels = ["B-LOC", "B-ORG", "B-PER", "I-LOC", "I-ORG", "I-PER", "O"]
    counts = matrix(7, 4)
    counts[6][6] = 9000
    metrics = {"f1": 0.87, "precision": 0.88, "recall": 0.86, "token_accuracy": 0.97}
    found = evaluation("token-classification", "f1", metrics, labels=labels, confusion=counts)
    found["mistakes"] = [
        {
            "row": 3,
            "input": "Ada was in London",
            "expected": "Ada (PER), London (LOC)",
            "found": "London (PER)",
            "score": 0.0,
        }
    ]
    return facts("people", "Token classification", found, classes={"O": 9000, "B-PER": 800, "B-LOC": 650})


def questions() -> Facts:
    draw = random.Random(5)
    points = Points(scores=[draw.choice((0.0, 1.0, 1.0, 1.0, draw.random())) for _ in range(300)], score_name="f1")
    found = evaluation("question-answering", "f1", {"f1": 0.78, "exact_match": 0.7}, unanswerable=12)
    asked = {"question": "Where was Ada born?", "context": LONG}
    found["mistakes"] = [{"row": 7, "input": asked, "expected": ["London", "in London"], "found": "1815", "score": 0.0}]
    return facts("faq", "Question answering", found, points=points, request={"inputs": asked})


def summaries() -> Facts:
    draw = random.Random(6)
    points = Points(scores=[min(1.0, abs(draw.gauss(0.4, 0.15))) for _ in range(300)], score_name="rouge1")
    samples = [{"document": LONG, "summary": "The bridge.", "generated": "The council builds."}, {"generated": HOSTILE}]
    metrics = {"rouge1": 0.41, "rouge2": 0.2, "rougeL": 0.35}
    found = evaluation("summarization", "rouge1", metrics, samples=samples)
    found["champion"], found["champion_reason"] = (
        None,
        "The live model was not compared: its archive is damaged (ReadError).",
    )
    return facts("minutes", "Summarization", found, points=points)


def generation() -> Facts:
    messages = [{"role": "user", "content": "Where is Kyoto?"}]
    samples = [{"request": {"inputs": messages, "parameters": {}}, "generated": "In Japan."}]
    metrics = {"token_accuracy": 0.5, "perplexity": 8.1, "loss": 2.1}
    found = evaluation("text-generation", "token_accuracy", metrics, samples=samples)
    return facts("chat", "Text generation", found, points=Points(scores=[0.2, 0.5, 0.6], score_name="token_accuracy"))


def masks() -> Facts:
    found = evaluation("fill-mask", "top_1", {"top_1": 0.5, "pseudo_perplexity": 8.1, "loss": 2.1})
    return facts("domain", "Fill-mask", found, points=Points(scores=[0.0, 1.0], score_name="top_1"))


def similarity() -> Facts:
    found = evaluation("feature-extraction", "spearman", {"spearman": 0.8, "pearson": 0.79})
    return facts("alike", "Sentence similarity", found, points=Points(scatter=[(0.5, 0.1), (5.0, 0.9), (3.0, 0.4)]))


def pairs() -> Facts:
    found = evaluation("feature-extraction", "spearman", {"spearman": 0.8, "pearson": 0.79}, variant="pairs")
    return facts("pairs", "Sentence similarity", found, points=Points(scatter=[(1.0, 0.8), (0.0, 0.1)] * 9))


def bare() -> Facts:
    """What a job left before any of the optional parts were known."""
    found = evaluation("text-classification", "accuracy", {"accuracy": 0.5})
    optional = (
        "intervals",
        "calibration",
        "champion_reason",
        "leakage",
        "mistakes",
        "history",
        "versions",
    )
    for name in optional:
        del found[name]
    baselines = {"trivial": {"name": "always 'positive'", "metrics": {"accuracy": 0.5}}, "reference": None}
    return Facts("bare", "Text classification", found | {"champion": None, "baselines": baselines, "rows": 12})


ALL = (
    classification,
    many_labels,
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
