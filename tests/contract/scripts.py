"""Inference scripts of users, of every kind; each does what the request says."""

STEPS = """
import json
import sys

def model_fn(model_dir, context):
    return "the model"

def input_fn(body, content_type):
    seen = [type(body).__name__, content_type, len(body)]
    return (json.loads(body) if content_type == "application/json" else {}) | {"seen": seen}

def predict_fn(data, model, context):
    do = data.pop("do", None)
    if do == "raise":
        raise RuntimeError("the <model> isn't well & rests")
    if do == "raise without words":
        raise ValueError
    if do == "raise KeyError":
        raise KeyError("gone")
    if do == "run out of memory":
        raise MemoryError("full")
    if do == "raise half a character":
        raise ValueError("\\ud800")
    if do == "exit":
        sys.exit(3)
    if do == "status":
        context.set_response_status(418, "teapot")
    if do == "header":
        context.set_response_header(0, "X-Own", "yes")
    if do == "content type":
        context.set_response_content_type(0, "text/plain")
    if do == "ask":
        data["asked"] = context.get_request_header(0, "Content-Type")
        context.metrics.add_counter("asked", 1)
    return data | {"model": model}

def output_fn(prediction, accept):
    answers = {
        "text": "text",
        "no text": "",
        "bytes": b"\\xff\\x00",
        "bytearray": bytearray(b"ab"),
        "memory": memoryview(b"ab"),
        "list": [1, "é<", None],
        "number": 1.5,
        "none": None,
        "tuple": (1, 2),
        "nan": [float("nan")],
        "set": {1},
        "object": object(),
        "half a character": "\\ud800",
    }
    return answers.get(prediction.get("answer"), prediction | {"accept": accept})
"""

PREDICT = """
import datetime
import numpy as np
from PIL import Image

def model_fn(model_dir):
    return None

def predict_fn(data, model):
    if not isinstance(data, dict):
        return type(data).__name__
    inputs = data["inputs"]
    answers = {
        "nan": {"score": float("nan")},
        "infinity": [float("inf")],
        "array": np.array([[1.5, 2.5]]),
        "integer": np.int64(3),
        "real": np.float32(0.5),
        "datetime": datetime.datetime(2026, 1, 2, 3, 4, 5),
        "date": datetime.date(2026, 1, 2),
        "set": {1},
        "bytes": b"ab",
        "object": object(),
        "none": None,
        "text": "é<>&",
        "numbers": [1, 2.5],
        "rows": [{"a": 1, "b": "x,y"}, {"a": 2, "b": "é"}],
        "uneven rows": [{"a": 1}, {"b": 2}],
        "row": {"a": 1},
        "no rows": [],
        "lists": [[{"a": 1}]],
        "image": Image.new("RGB", (2, 2), "red"),
        "clear image": Image.new("RGBA", (2, 2)),
        "half a character": "\\ud800",
        "keys": {1: "a", None: "b"},
        "pair": {(1, 2): "a"},
    }
    if isinstance(inputs, str) and inputs in answers:
        return answers[inputs]
    return [type(inputs).__name__, sorted(data)]
"""

TRANSFORM = """
def model_fn(model_dir):
    return "the model"

def transform_fn(model, body, content_type, accept, context):
    if content_type == "text/plain" and bytes(body) == b"raise":
        raise RuntimeError("no")
    if content_type == "text/plain" and bytes(body) == b"pair":
        return b"ab", "text/plain"
    return f"{model} {type(body).__name__} {content_type} {accept} {context.get_request_header(0, 'Content-Type')}"
"""

PLAIN_TRANSFORM = """
def model_fn(model_dir):
    return "the model"

def transform_fn(model, body, content_type, accept):
    return f"{model} {type(body).__name__} {len(body)} {content_type} {accept}"
"""

AROUND = """
def input_fn(body, content_type):
    return {"inputs": body if isinstance(body, str) else body.decode(), "parameters": {"top_k": 1}}

def output_fn(prediction, accept, context):
    return f"{prediction[0]['label']} for {accept}"
"""
