"""A model server of the standard library: answers what its archive's `model.json` says."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = json.loads(
    (Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model" / "model.json").read_text()
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.answer(200, b"")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request["inputs"] == "break":
            self.answer(500, b'{"error": {"message": "it broke"}}')
        else:
            self.answer(
                200,
                json.dumps(
                    [{"label": MODEL["label"], "score": MODEL["score"]}]
                ).encode(),
            )

    def log_message(self, *_: object) -> None:
        """Nothing worth a line."""


if __name__ == "__main__":
    if MODEL.get("broken"):
        sys.exit("RuntimeError: the model is broken")
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server.serve_forever(poll_interval=0.05)
