from __future__ import annotations

import base64
import datetime
import io
import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from inference.protocols.encoding import encode
from inference.protocols.errors import ModelError, NotAcceptableError

SCORES = [{"label": "a", "score": 0.5}]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv; charset=utf-8", "text/csv"),
        ("text/html, application/x-npy;q=0.4, text/csv;q=0.5", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
    ],
)
def test_accept_is_negotiated(accept: str | None, content_type: str) -> None:
    assert encode(SCORES, accept)[1] == content_type


def test_default_accept_serves_callers_without_a_wish() -> None:
    assert encode(SCORES, "*/*", "text/csv") == (
        b"label,score\r\na,0.5\r\n",
        "text/csv",
    )
    assert encode(SCORES, None, "text/csv")[1] == "text/csv"


def test_unknown_accept_is_406() -> None:
    with pytest.raises(NotAcceptableError) as caught:
        encode(SCORES, "text/html")
    assert caught.value.status == 406
    assert str(caught.value) == (
        "expected an Accept of application/json, text/csv, application/x-npy; found 'text/html'. "
        "Ask for application/json."
    )


def test_json_is_compact_utf8() -> None:
    assert (
        encode([{"label": "schön", "score": 1.0}], None)[0]
        == '[{"label":"schön","score":1.0}]'.encode()
    )


def test_json_has_null_for_what_json_cannot_hold() -> None:
    value = {
        "a": [float("nan"), float("inf"), 1.5],
        "b": np.array([np.nan, 1.0]),
        "c": (True, None, "x"),
    }
    assert json.loads(encode(value, None)[0]) == {
        "a": [None, None, 1.5],
        "b": [None, 1.0],
        "c": [True, None, "x"],
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (torch.tensor([[1, 2]]), [[1, 2]]),
        (datetime.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_json_takes_arrays_tensors_and_dates(value: Any, expected: Any) -> None:
    assert json.loads(encode([value], None)[0]) == [expected]


def test_what_json_cannot_hold_is_the_models_error() -> None:
    with pytest.raises(ModelError) as caught:
        encode({"a": object()}, None)
    assert str(caught.value) == (
        "expected a prediction that JSON can hold; found a object. Return lists, objects, strings and numbers."
    )


def test_csv_of_nested_lists_is_406() -> None:
    with pytest.raises(
        NotAcceptableError,
        match=r"^expected one object an input for text/csv; found lists in lists",
    ):
        encode([SCORES], "text/csv")


def test_npy_can_be_loaded_again() -> None:
    body, content_type = encode([[1.0, 2.0]], "application/x-npy")
    assert content_type == "application/x-npy"
    assert np.load(io.BytesIO(body)).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("accept", "form"),
    [("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/x-image", "PNG")],
)
def test_images_are_written_in_the_type_that_was_accepted(
    accept: str, form: str
) -> None:
    body, content_type = encode(Image.new("RGB", (2, 2)), accept)
    assert (Image.open(io.BytesIO(body)).format, content_type) == (form, accept)


def test_images_in_json_are_base64_of_a_png() -> None:
    body, _ = encode({"mask": Image.new("L", (1, 1))}, None)
    assert base64.b64decode(json.loads(body)["mask"]).startswith(b"\x89PNG")


def test_image_type_that_cannot_hold_the_image_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptableError) as caught:
        encode(Image.new("RGBA", (1, 1)), "image/jpeg")
    assert str(caught.value) == (
        "expected an image that image/jpeg can hold; found cannot write mode RGBA as JPEG. Ask for image/png."
    )


def test_answers_that_are_no_images_have_no_image_type() -> None:
    with pytest.raises(
        NotAcceptableError,
        match=r"^expected an Accept of application/json, text/csv, application/x",
    ):
        encode(SCORES, "image/png")


def test_what_csv_and_npy_cannot_hold_is_406() -> None:
    for accept, prediction, message in (
        (
            "application/x-npy",
            [[1.0], [1.0, 2.0]],
            "expected lists of one length for application/x-npy; found unlike ones. Ask for application/json.",
        ),
        (
            "text/csv",
            [{"a": 1}, {"b": 2}],
            "expected objects with the same fields for text/csv; found dict contains fields not in fieldnames: 'b'. "
            "Ask for application/json.",
        ),
    ):
        with pytest.raises(NotAcceptableError) as caught:
            encode(prediction, accept)
        assert str(caught.value) == message
