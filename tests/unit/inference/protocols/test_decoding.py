from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference.protocols.decoding import decode, decode_any
from inference.protocols.errors import (
    MalformedBodyError,
    RequestError,
    UnsupportedMediaTypeError,
)


def npy(value: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, value)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; a="b"',
    ],
)
def test_json_is_read_whatever_its_parameters(content_type: str) -> None:
    assert decode('{"inputs": "ü"}'.encode(), content_type) == {"inputs": "ü"}


def test_charset_is_honoured() -> None:
    assert decode(
        '{"inputs": "ü"}'.encode("latin-1"), "application/json; charset=iso-8859-1"
    ) == {"inputs": "ü"}


def test_byte_order_mark_is_dropped() -> None:
    assert decode(b'\xef\xbb\xbf{"inputs": "a"}', "application/json") == {"inputs": "a"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"inputs":\n  oops}',
            'expected JSON; found Expecting value at line 2, column 3. Send for example {"inputs": "a text"}.',
        ),
        (
            b"",
            'expected JSON; found an empty body. Send for example {"inputs": "a text"}.',
        ),
        (
            b'{"inputs": NaN}',
            "expected JSON; found NaN, which JSON does not have. Send null or a number.",
        ),
        (
            b"[" * 200_000,
            "expected JSON; found it nested too deeply. Send a flat object.",
        ),
        (
            b'{"inputs": "\xff"}',
            "expected text in utf-8; found bytes that are not at byte 12. Encode the body as UTF-8.",
        ),
    ],
    ids=["syntax", "empty", "NaN", "depth", "bytes"],
)
def test_malformed_json_is_explained(body: bytes, message: str) -> None:
    with pytest.raises(MalformedBodyError) as caught:
        decode(body, "application/json")
    assert str(caught.value) == message
    assert caught.value.status == 400


def test_number_too_long_to_read_is_explained() -> None:
    with pytest.raises(
        MalformedBodyError, match="expected JSON; found a value that cannot be read"
    ):
        decode(b"9" * 10_000, "application/json")


@pytest.mark.parametrize("content_type", ["text/html", "application/jsonx", "*/*"])
def test_unknown_content_type_is_415(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        decode(b"x", content_type)
    assert caught.value.status == 415
    assert str(caught.value) == (
        "expected a Content-Type of application/json, text/csv, application/x-npy; "
        f"found {content_type!r}. Send the header Content-Type: application/json."
    )


def test_missing_content_type_is_415() -> None:
    with pytest.raises(
        UnsupportedMediaTypeError,
        match=r"found none. Send the header Content-Type: application/json",
    ):
        decode(b"{}", None)


@pytest.mark.parametrize("charset", ["klingon", "base64", "a\0b", "undefined"])
def test_unknown_charset_is_refused(charset: str) -> None:
    with pytest.raises(RequestError):
        decode(b"{}", f"application/json; charset={charset}")


def test_csv_column_inputs_is_a_list_of_strings() -> None:
    assert decode(b'inputs\r\n"one, two"\r\nthree\r\n', "text/csv") == {
        "inputs": ["one, two", "three"]
    }


def test_csv_of_other_columns_is_a_list_of_objects() -> None:
    expected = {"inputs": [{"text": "a", "text_pair": "b"}]}
    assert decode(b"text,text_pair\na,b\n", "text/csv;charset=utf-8") == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"a,b\n1,2\n",
            "expected CSV with a header naming inputs, text, question, context; found the columns a, b.",
        ),
        (
            b"",
            "expected CSV with a header naming inputs, text, question, context; found no rows.",
        ),
        (
            b"inputs\na,b\n",
            "row 1: expected 1 cells; found another number. Quote cells that hold commas.",
        ),
        (b'inputs\n"a\n', "expected CSV; found a row that cannot be read"),
    ],
)
def test_malformed_csv_is_explained(body: bytes, message: str) -> None:
    with pytest.raises(MalformedBodyError) as caught:
        decode(body, "text/csv")
    assert str(caught.value).startswith(message)


def test_npy_is_an_array() -> None:
    array = decode(npy(np.array(["a", "b"])), "application/x-npy")
    assert isinstance(array, np.ndarray)
    assert array.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "body", [npy(np.array([{"a": 1}], dtype=object)), b"", b"nonsense"]
)
def test_npy_with_pickles_or_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(
        MalformedBodyError,
        match=r"^expected a NumPy array in the npy format, without pickled objects",
    ):
        decode(body, "application/x-npy")


@given(
    body=st.binary(max_size=80),
    content_type=st.sampled_from(["application/json", "text/csv", "application/x-npy"]),
)
def test_any_bytes_are_read_or_refused_as_the_callers_mistake(
    body: bytes, content_type: str
) -> None:
    try:
        decode(body, content_type)
    except RequestError as error:
        assert 400 <= error.status < 500


@pytest.mark.parametrize(
    "name", ["image/png", "image/x-image", "image/png; a=b", "IMAGE/PNG"]
)
def test_images_reach_the_user_s_predict_fn_as_pillow_s(name: str) -> None:
    stream = io.BytesIO()
    Image.new("L", (2, 3)).save(stream, "PNG")
    data = decode_any(bytearray(stream.getvalue()), name)
    assert isinstance(data, dict)
    image = data["inputs"]
    assert (image.mode, image.size) == ("RGB", (2, 3))


def test_broken_images_are_the_caller_s_mistake() -> None:
    with pytest.raises(MalformedBodyError) as caught:
        decode_any(b"not an image", "image/png")
    assert str(caught.value) == (
        "expected an image; found 12 bytes that Pillow cannot read. Send a whole image file."
    )


def test_images_need_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        decode_any(b"", "image/png")
    assert str(caught.value) == (
        "expected Pillow to read image/png; found it is not installed. "
        "Add Pillow to code/requirements.txt, or read the body in an input_fn."
    )


def test_sounds_reach_the_user_s_predict_fn_as_bytes() -> None:
    assert decode_any(bytearray(b"RIFF"), "audio/wave") == {"inputs": b"RIFF"}


def test_models_of_text_say_that_they_take_no_images() -> None:
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        decode(b"", "image/png")
    assert str(caught.value) == (
        "expected a Content-Type of application/json, text/csv, application/x-npy; found 'image/png'. "
        "This model takes text."
    )


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        (
            (10**12,),
            "<U4",
            "found 0 values, and a header that says more: (1000000000000,)",
        ),
        ((100_000,), "<U0", "found values of no bytes (<U0)"),
    ],
)
def test_arrays_without_their_values_are_refused_before_memory_is_taken(
    shape: tuple[int, ...], dtype: str, words: str
) -> None:
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    with pytest.raises(MalformedBodyError) as caught:
        decode(stream.getvalue(), "application/x-npy")
    assert words in str(caught.value)
