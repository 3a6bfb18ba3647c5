"""Asks the live model's archive, by its own code, in a process of its own at a low priority.

    python -P serve_champion.py <folder>

Reads `request.json` in the folder, `{"archive", "environments", "labels", "requests"}`, and writes `answer.json`:
`{"answers"}`, or `{"reason"}`, a clause on why it cannot be compared. Of the environments the first counts in which the
archive can be loaded. Imports nothing of ours but what is packed in the archive.
"""

import contextlib
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

LOW_PRIORITY = 19
BATCH_REQUESTS = 256
"""Requests at a time, which the serving code sorts by length."""
SHOWN_LABELS = 5
SHOWN_CHARACTERS = 200


def other_labels(model: Path, labels: list[str]) -> str | None:
    """How the labels of a model's `config.json` differ; a model without labels passes."""
    path = model / "config.json"
    config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    own = sorted(config.get("id2label", {}).values())
    if not labels or not own or own == sorted(labels):
        return None
    names = ", ".join(map(repr, own[:SHOWN_LABELS])) + (
        ", …" if len(own) > SHOWN_LABELS else ""
    )
    return f"its labels are others: {names}"


def unpack(archive: str, folder: Path) -> str | None:
    """Unpacks an archive; the result says what is wrong with it."""
    try:
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        return f"its archive is damaged ({type(error).__name__})"
    return None


def load(model: Path, environments: list[dict[str, str]]) -> Any:
    """The archive's service, in the first of the environments in which it can be loaded."""
    from traindrop.archive import load as load_archive  # type: ignore[import-not-found]  # noqa: PLC0415

    *preferred, last = environments
    for environment in preferred:
        os.environ.update(environment)
        # The archive's own code may raise anything.
        with contextlib.suppress(Exception):
            return load_archive(model, dedicated=True)
    os.environ.update(last)
    return load_archive(model, dedicated=True)


def ask(
    model: Path, requests: list[object], environments: list[dict[str, str]]
) -> dict[str, object]:
    """The responses to the requests; a reason where one is refused."""
    sys.path.insert(0, str(model / "code"))
    service = load(model, environments)
    from traindrop.service import Call  # type: ignore[import-not-found]  # noqa: PLC0415

    answers: list[Any] = []
    for start in range(0, len(requests), BATCH_REQUESTS):
        calls = [
            Call(json.dumps(request).encode())
            for request in requests[start : start + BATCH_REQUESTS]
        ]
        for reply in service.respond_many(calls):
            if reply.status != 200:
                body = reply.body.decode()[:SHOWN_CHARACTERS]
                return {
                    "reason": f"it answers row {len(answers)} with {reply.status}: {body}"
                }
            answers.append(json.loads(reply.body))
    return {"answers": answers}


def main(folder: Path) -> None:
    os.nice(LOW_PRIORITY)
    request = json.loads((folder / "request.json").read_text("utf-8"))
    model = folder / "model"
    reason = unpack(request["archive"], model) or other_labels(model, request["labels"])
    answer = (
        {"reason": reason}
        if reason
        else ask(model, request["requests"], request["environments"])
    )
    (folder / "answer.json").write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
