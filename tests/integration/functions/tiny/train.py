"""A training script that learns nothing: it writes what its one row of data tells it to."""

import json
import os
import signal
import sys
import time
from pathlib import Path

row = json.loads(
    (Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.jsonl").read_text().splitlines()[0]
)
for step in range(1, row.get("steps", 1) + 1):
    print(
        f"[metric] step={step} total_steps={row.get('steps', 1)} train_loss={0.5 / step}",
        flush=True,
    )
    time.sleep(row.get("pause", 0))
if row.get("killed"):
    os.kill(os.getpid(), signal.SIGKILL)
if row.get("raise"):
    raise ValueError(row["raise"])
answer = [{"label": row["label"], "score": 0.9}]
(Path(os.environ["SM_MODEL_DIR"]) / "model.json").write_text(
    json.dumps({**answer[0], "broken": row.get("broken")})
)
evaluation = {
    "task": "text-classification",
    "variant": "",
    "metric": "accuracy",
    "rows": 10,
    "model": {"accuracy": row["accuracy"]},
    "baselines": {
        "trivial": {"name": "most frequent label", "metrics": {"accuracy": 0.5}}
    },
    "champion": None,
    "training": {},
    "labels": ["a", "b"],
}
expected = row.get("expected", row["label"])
rows = [{"request": {"inputs": "x"}, "response": [{"label": expected, "score": 0.91}]}]
output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
(output / "evaluation.json").write_text(json.dumps(evaluation))
(output / "verification.json").write_text(json.dumps({"tolerance": 0.02, "rows": rows}))
(output / "report.html").write_text("<!doctype html>\n<title>größe</title>", "utf-8")
sys.exit(0)
