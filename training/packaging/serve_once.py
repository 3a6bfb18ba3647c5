"""Run in a process of its own: answers requests with a model folder, by the code packed in it and nothing of ours.

`python -P serve_once.py <model folder> <file of requests> <file for the answers>`
"""

import json
import sys
from pathlib import Path


def main(model_dir: Path, requests: Path, answers: Path) -> None:
    sys.path.insert(0, str(model_dir / "code"))
    from traindrop.archive import load  # type: ignore[import-not-found]  # noqa: PLC0415
    from traindrop.service import Call  # type: ignore[import-not-found]  # noqa: PLC0415

    service = load(model_dir, dedicated=True)
    found = []
    for each in json.loads(requests.read_text("utf-8")):
        reply = service.respond(Call(json.dumps(each).encode()))
        body = reply.body.decode("utf-8", "replace")
        found.append({"status": reply.status, "body": body})
    answers.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
