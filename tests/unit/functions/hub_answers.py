"""What the Hub answers of models, and what is said of those that cannot be deployed."""

from __future__ import annotations

import json
from typing import Any

from functions.adapters.hub import Fetch, HubError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = ("config.json", "model.safetensors", "tokenizer.json")
TASKS = (
    "text-classification, token-classification, question-answering, summarization, translation, text-generation, "
    "fill-mask, feature-extraction, text2text-generation"
)


def page(files: tuple[str, ...] = FILES, **facts: Any) -> bytes:
    expected = {
        "sha": COMMIT,
        "config": {"architectures": ["BertForSequenceClassification"]},
    }
    return json.dumps(
        {**expected, "siblings": [{"rfilename": name} for name in files], **facts}
    ).encode()


def answering(answer: bytes | HubError) -> Fetch:
    """The Hub at the other end of the line."""

    def get(url: str, headers: dict[str, str]) -> bytes:
        if isinstance(answer, HubError):
            raise answer
        return answer

    return get


HINT = "Correct hub.model_id, or name a secret with a token that may read it under hub.token_secret."
LATER = "Drop traindrop.yaml again later, or set hub.task, so that the Hub need not be asked from here."
WHOLE = (
    "Name a repository with a whole model; merge an adapter into its base model first."
)
FIELD = "traindrop.yaml, 'hub.model_id': expected"

REFUSED: dict[str, tuple[bytes | HubError, str]] = {
    "no such model": (
        HubError("404 Not Found", 404),
        f"{FIELD} a model of the Hub, 'org/m' at the revision 'main'; found none (404 Not Found). "
        "Correct hub.model_id or hub.revision; for a private model, set hub.token_secret.",
    ),
    "not shown without a token": (
        HubError("401 Unauthorized", 401),
        f"{FIELD} a model of the Hub that may be read, 'org/m' at the revision 'main'; found 401 Unauthorized. {HINT}",
    ),
    "not shown to this token": (
        HubError("403 Forbidden", 403),
        f"{FIELD} a model of the Hub that may be read, 'org/m' at the revision 'main'; found 403 Forbidden. {HINT}",
    ),
    "out of reach": (
        HubError("timed out"),
        f"{FIELD} an answer of the Hugging Face Hub; found none (timed out). {LATER}",
    ),
    "out of order": (
        HubError("503 Service Unavailable", 503),
        f"{FIELD} an answer of the Hugging Face Hub; found none (503 Service Unavailable). {LATER}",
    ),
    "a proxy's page": (
        b"<html>",
        f"{FIELD} an answer of the Hugging Face Hub; found none (an answer that is no JSON (Expecting value: line 1 "
        f"column 1 (char 0))). {LATER}",
    ),
    "a list": (
        b"[]",
        f"{FIELD} an answer of the Hugging Face Hub; found none (an answer that is no JSON object). {LATER}",
    ),
    "no weights": (
        page(("config.json", "tf_model.h5", "tokenizer.json")),
        f"traindrop.yaml: expected config.json and PyTorch weights in org/m; found none. {WHOLE}",
    ),
    "an adapter": (
        page(
            ("adapter_config.json", "adapter_model.safetensors", "training_args.bin"),
            pipeline_tag="fill-mask",
        ),
        f"traindrop.yaml: expected config.json and PyTorch weights in org/m; found an adapter alone. {WHOLE}",
    ),
    "an adapter with a config": (
        page(
            (
                "config.json",
                "adapter_config.json",
                "adapter_model.safetensors",
                "tokenizer.json",
            )
        ),
        f"traindrop.yaml: expected config.json and PyTorch weights in org/m; found an adapter alone. {WHOLE}",
    ),
    "no tokenizer": (
        page(FILES[:2]),
        "traindrop.yaml: expected a tokenizer in org/m; found none. "
        "Name a repository that holds the tokenizer too, or mirror both in a repository of yours.",
    ),
    "a task that nobody knows": (
        page(pipeline_tag="depth-estimation", config={}),
        f"traindrop.yaml: expected a model for one of the tasks {TASKS}; found 'depth-estimation'. "
        "Set hub.task in traindrop.yaml to the one it is for, or add a code/inference.py with a model_fn.",
    ),
    "no word of a task": (
        page(config=None),
        f'traindrop.yaml: expected a model for one of the tasks {TASKS}; found "none on the model\'s page". '
        "Set hub.task in traindrop.yaml to the one it is for, or add a code/inference.py with a model_fn.",
    ),
}
