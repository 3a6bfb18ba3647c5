"""The models that both servers are given, and what each is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests import tiny_models
from tests.contract import hook_requests, requests, scripts
from tests.contract.requests import ContractRequest


@dataclass(frozen=True)
class Stage:
    name: str
    requests: Callable[[], Iterable[ContractRequest]]
    model: Callable[[Path], Path] | None = None
    script: str | None = None

    def build(self, folder: Path) -> Path:
        if self.model:
            self.model(folder)
        if self.script:
            (folder / "code").mkdir(parents=True)
            (folder / "code" / "inference.py").write_text(self.script, "utf-8")
        return folder


STAGES = (
    Stage("classifier", requests.of_classifier, tiny_models.build_classifier),
    Stage("steps", hook_requests.of_steps, script=scripts.STEPS),
    Stage("predict", hook_requests.of_predict, script=scripts.PREDICT),
    Stage("transform", hook_requests.of_transform, script=scripts.TRANSFORM),
    Stage(
        "plain transform", hook_requests.of_transform, script=scripts.PLAIN_TRANSFORM
    ),
    Stage(
        "around", hook_requests.of_around, tiny_models.build_classifier, scripts.AROUND
    ),
    Stage("tagger", requests.of_tagger, tiny_models.build_tagger),
    Stage("masked", requests.of_masked, tiny_models.build_masked_bert),
    Stage("writer", requests.of_writer, tiny_models.build_llama),
)
