"""LitServe as its own benchmark of a text classifier has it: requests batched, the tokenizer pads, two workers.

Runs in `.venv-litserve`: `python litserve_app.py <model> <port> <workers> <threads>`.
"""

from __future__ import annotations

import sys
from typing import Any

import litserve
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH, BATCH_SECONDS = 16, 0.01


class Classifier(litserve.LitAPI):  # type: ignore[misc]
    """Answers as the pipeline does: the best label of each text."""

    def __init__(self, folder: str, threads: int, **settings: Any) -> None:
        super().__init__(**settings)
        self._folder, self._threads = folder, threads

    def setup(self, device: str) -> None:
        torch.set_num_threads(self._threads)
        self._tokenizer = AutoTokenizer.from_pretrained(self._folder)
        self._model = (
            AutoModelForSequenceClassification.from_pretrained(self._folder)
            .to(device)
            .eval()
        )

    def decode_request(self, request: dict[str, str]) -> str:
        return request["inputs"]

    def batch(self, inputs: list[str]) -> Any:
        return self._tokenizer(
            inputs, return_tensors="pt", padding=True, truncation=True
        )

    def predict(self, inputs: Any) -> torch.Tensor:
        with torch.inference_mode():
            scores: torch.Tensor = self._model(
                **inputs.to(self._model.device)
            ).logits.softmax(-1)
        return scores

    def unbatch(self, output: torch.Tensor) -> list[list[float]]:
        return output.tolist()

    def encode_response(self, output: list[float]) -> list[dict[str, Any]]:
        score = max(output)
        return [
            {"label": self._model.config.id2label[output.index(score)], "score": score}
        ]


def main(folder: str, port: str, workers: str, threads: str) -> None:
    api = Classifier(
        folder,
        int(threads),
        max_batch_size=BATCH,
        batch_timeout=BATCH_SECONDS,
        api_path="/invocations",
    )
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=int(workers), fast_queue=True
    )
    server.run(
        host="127.0.0.1",
        port=int(port),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
