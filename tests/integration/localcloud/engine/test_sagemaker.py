from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine


class Recorder(BaseHTTPRequestHandler):
    """Answers with what it was asked, as SageMaker's two protocols would carry it."""

    def do_POST(self) -> None:
        request_body = self.rfile.read(int(self.headers["content-length"])).decode()
        target = self.headers.get("x-amz-target", "")
        if target == "SageMaker.DeleteEndpoint":
            self.answer(
                400,
                {"__type": "ValidationException", "message": "Could not find endpoint"},
            )
        elif target:
            self.answer(
                200,
                {
                    "EndpointName": json.loads(request_body)["EndpointName"],
                    "EndpointStatus": "InService",
                },
            )
        else:
            self.answer(
                200,
                {
                    "path": self.path,
                    "body": request_body,
                    "variant": self.headers.get("content-type"),
                },
            )

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("x-Amzn-Invoked-Production-Variant", "AllTraffic")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def forwarding(tmp_path: Path) -> Iterator[Engine]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        variables = {
            "AWS_ENDPOINT_URL_SAGEMAKER": address,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": address,
        }
        running = Engine(tmp_path / "state", variables)
        running.start()
        yield running
        running.close()
        server.shutdown()


def test_control_plane_and_runtime_are_reached_through_the_engine(
    forwarding: Engine,
) -> None:
    sagemaker, runtime = (
        forwarding.client("sagemaker"),
        forwarding.client("sagemaker-runtime"),
    )
    assert (
        sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"
    )
    with pytest.raises(
        ClientError, match=r"ValidationException.*Could not find endpoint"
    ):
        sagemaker.delete_endpoint(EndpointName="e")
    answer = runtime.invoke_endpoint(
        EndpointName="e-1",
        Body=b'{"inputs": "\xc3\xbc"}',
        ContentType="application/json",
    )
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    received = json.loads(answer["Body"].read())
    assert received == {
        "path": "/endpoints/e-1/invocations",
        "body": '{"inputs": "ü"}',
        "variant": "application/json",
    }


def test_a_function_gets_the_addresses(forwarding: Engine) -> None:
    source = "import os\ndef handler(event, context):\n    return os.environ['AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME']\n"
    forwarding.function("addresses", source)
    assert (
        forwarding.invoke("addresses")[0]
        == forwarding.environment["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"]
    )


def test_without_a_local_sagemaker_the_error_says_so(engine: Engine) -> None:
    with pytest.raises(
        ClientError, match=r"AWS_ENDPOINT_URL_SAGEMAKER \(not set\) gave no answer"
    ):
        engine.client("sagemaker").describe_endpoint(EndpointName="e")
