"""Run in a process of its own, at the lowest priority: the live model's archive answers requests by its own code.

`python -P serve_champion.py <folder>`: reads `asked.json` there, `{"archive", "labels", "requests"}`, and writes
`answers.json`, `{"answers"}` or `{"reason"}`, a clause on why it cannot be compared.
"""

import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

BATCH = 256
"""Requests at a time, which the serving code sorts by length."""
SHOWN = 5


def other_labels(model: Path, labels: list[str]) -> str | None:
    """How the labels of a model's `config.json` differ; those of a model without labels are not looked at."""
    config = json.loads((model / "config.json").read_text("utf-8")) if (model / "config.json").is_file() else {}
    found = sorted(config.get("id2label", {}).values())
    if not labels or not found or found == sorted(labels):
        return None
    names = ", ".join(map(repr, found[:SHOWN])) + (", …" if len(found) > SHOWN else "")
    return f"its labels are others: {names}"


def damage(path: str, into: Path) -> str | None:
    """Unpacks an archive; what is wrong with it."""
    try:
        with tarfile.open(path) as archive:
            archive.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        return f"its archive is damaged ({type(error).__name__})"
    return None


def answers(model: Path, requests: list[Any]) -> dict[str, Any]:
    sys.path.insert(0, str(model / "code"))
    from traindrop.archive import load  # type: ignore[import-not-found]  # noqa: PLC0415
    from traindrop.service import Call  # type: ignore[import-not-found]  # noqa: PLC0415

    service = load(model, dedicated=True)
    found: list[Any] = []
    for start in range(0, len(requests), BATCH):
        calls = [Call(json.dumps(each).encode()) for each in requests[start : start + BATCH]]
        for reply in service.respond_many(calls):
            if reply.status != 200:
                return {"reason": f"it answers row {len(found)} with {reply.status}: {reply.body.decode()[:200]}"}
            found.append(json.loads(reply.body))
    return {"answers": found}


def main(folder: Path) -> None:
    os.nice(19)
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    model = folder / "model"
    reason = damage(asked["archive"], model) or other_labels(model, asked["labels"])
    found = {"reason": reason} if reason else answers(model, asked["requests"])
    (folder / "answers.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
