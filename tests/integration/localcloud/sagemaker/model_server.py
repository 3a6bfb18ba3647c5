"""A model server of the standard library: answers with the version its model archive names."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
MODEL = json.loads((BASE / "model/model.json").read_text())

LINE_TYPES = ("text/csv", "application/jsonlines")
EXITED = BASE / "exited"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parameters = MODEL.get("execution_parameters")
        if self.path == "/execution-parameters" and parameters:
            self.answer(200, json.dumps(parameters).encode())
        else:
            self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Type") in LINE_TYPES:
            self.answer_lines(body)
            return
        request = (
            json.loads(body)
            if self.headers.get("Content-Type") == "application/json"
            else {"bytes": len(body)}
        )
        if request.get("inputs") == "exit":
            os._exit(3)
        if request.get("inputs") == "bad":
            self.answer(
                400, b'{"error": "bad inputs"}', {"Content-Type": "application/json"}
            )
            return
        pieces = request.get("stream")
        if isinstance(pieces, list):
            self.stream(pieces)
            return
        time.sleep(float(request.get("sleep", 0)))
        answer = {
            "version": MODEL["version"],
            "pid": os.getpid(),
            "greeting": os.environ.get("GREETING"),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "request": request,
        }
        headers = {
            "Content-Type": "application/json",
            "X-Amzn-SageMaker-Custom-Attributes": "from-the-model",
        }
        self.answer(200, json.dumps(answer).encode(), headers)

    def stream(self, pieces: list[str]) -> None:
        """Each piece as a chunk, a moment after the one before; "exit" ends the process, "hang" the patience."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", self.headers["Accept"])
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.flush()
            time.sleep(60 if piece == "hang" else 0.2)
            if piece == "exit":
                os._exit(3)
            data = piece.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    def answer_lines(self, body: bytes) -> None:
        """A line for each: how many lines its request has, and its length."""
        # One write: print's own end of line is a second one, and requests answered at once would share a line.
        print(f"request of {len(body)} bytes\n", end="", flush=True)
        lines = body.splitlines()
        if b"exit" in body and not EXITED.exists():
            EXITED.touch()
            os._exit(3)
        time.sleep(1 if b"slow" in body else 0)
        if b"bad" in body:
            self.answer(400, b"a bad line")
            return
        answers = [f"[{len(lines)}, {len(line)}]" for line in lines]
        self.answer(200, "\n".join(answers).encode())

    def log_message(self, *_: object) -> None:
        """Keep the log to what the tests look for."""


if __name__ == "__main__":
    time.sleep(MODEL.get("slow", 0))
    print(f"serving version {MODEL['version']}", flush=True)
    if MODEL.get("broken"):
        sys.exit("the model is broken")
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server.serve_forever(poll_interval=0.05)
