from __future__ import annotations

import io
import json
import tarfile
from typing import Any

from contracts.evaluation import Evaluation
from contracts.spec import Gate
from tests.unit.functions.specs import RUN, evaluation_object

GATE = Gate(metric="accuracy")


OUTPUT = f"outputs/{RUN}/j/output/output.tar.gz"
MODEL = f"outputs/{RUN}/j/output/model.tar.gz"
VERIFICATION: dict[str, Any] = {"tolerance": 0.02, "rows": []}


FILES = {"page": "report.html", "card": "README.md"}


def archive(prefix: str = "", **files: Any) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            data = (
                content if isinstance(content, bytes) else json.dumps(content).encode()
            )
            info = tarfile.TarInfo(prefix + FILES.get(name, f"{name}.json"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def contest(
    model: float, champion: float, low: float, high: float, metric: str = "accuracy"
) -> Evaluation:
    live = {
        "run": "reviews-1",
        "name": "the live model",
        "metrics": {"accuracy": champion, "macro_f1": champion},
    }
    difference = {"trivial": None, "reference": None, "champion": [low, high]}
    intervals = {
        "model": {"accuracy": [0.7, 0.9]},
        "trivial": None,
        "reference": None,
        "champion": None,
        "difference": difference,
    }
    return evaluation_object(model, champion=live, intervals=intervals, metric=metric)
