"""Answers requests with a model folder, by the code packed in it and nothing of ours, in a process of its own.

    python -P serve_once.py <folder>

Reads `request.json` in the folder, `{"model", "requests"}`, and writes `answer.json`, `{"replies"}`: the status and the
body of each.
"""

import json
import sys
from pathlib import Path


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text("utf-8"))
    model_dir = Path(request["model"])
    sys.path.insert(0, str(model_dir / "code"))
    from traindrop.archive import load  # type: ignore[import-not-found]  # noqa: PLC0415
    from traindrop.service import Call  # type: ignore[import-not-found]  # noqa: PLC0415

    service = load(model_dir, dedicated=True)
    replies = []
    for body in request["requests"]:
        reply = service.respond(Call(json.dumps(body).encode()))
        replies.append(
            {"status": reply.status, "body": reply.body.decode("utf-8", "replace")}
        )
    (folder / "answer.json").write_text(json.dumps({"replies": replies}), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
