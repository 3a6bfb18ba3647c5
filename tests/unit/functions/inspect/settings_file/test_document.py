"""Files that are no settings files, whatever the settings are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.settings_file import Options, parse


def refusal(content: bytes) -> str:
    result = parse(content, "traindrop.yaml")
    assert isinstance(result, list), result
    (problem,) = result
    return str(problem)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n  \n", b"# only a comment\n", b"---\n", b"null", b"\xef\xbb\xbf"],
)
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refusal(content) == (
        "traindrop.yaml: expected at least one setting; found an empty file. "
        "Write a setting into it, or delete the file."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"- task\n",
            ", line 1: expected settings, each `key: value`; found a list. Begin with a line such as `task: …`.",
        ),
        (
            b"text-classification\n",
            ", line 1: expected settings, each `key: value`; found only 'text-classification'. Begin with a line such "
            "as `task: …`.",
        ),
        (
            b"task: a: b\n",
            ", line 1: expected YAML; found mapping values are not allowed here at column 8. Correct it: two spaces a "
            "level, a space after each colon.",
        ),
        (
            b"task: ner\ncompute:\n\tspot: true\n",
            ", line 3: expected YAML; found character '\\t' that cannot start any token at column 1. Indent with "
            "spaces.",
        ),
        (
            b"task: [ner\n",
            ", line 2: expected ',' or ']'; found '<stream end>' at column 1. Correct it: two spaces a level, a space "
            "after each colon.",
        ),
        (
            b"task: ner\n---\ntask: qa\n",
            ", line 2: expected one YAML document; found a second one. Keep one document: remove the line `---` and "
            "what follows.",
        ),
        (
            b"task: ner\ngate: {min_gain: 0}\ntask: qa\n",
            ", line 3, 'task': expected every key once; found a second one; the first is in line 1. Remove one.",
        ),
        (
            b"compute:\n  spot: true\n  spot: false\n",
            ", line 3, 'compute.spot': expected every key once; found a second one; the first is in line 2. "
            "Remove one.",
        ),
        (
            b"example: &x {inputs: a}\ncolumns: *x\n",
            ", line 2: expected values written out; found the alias *x. Write the value in place of the alias.",
        ),
        (
            b"task: !!python/object/apply:os.system ['true']\n",
            ", line 1, 'task': expected plain values; found the tag '!!python/object/apply:os.system'. "
            "Remove the tag.",
        ),
        (
            b"task: !Sub ner\n",
            ", line 1, 'task': expected plain values; found the tag '!Sub'. Remove the tag.",
        ),
        (
            b"? [a, b]\n: 1\n",
            ", line 1: expected a name before the colon; found a list or an object. Write a name.",
        ),
        (
            b"task: ner\n# caf\xe9\n",
            ", line 2: expected text in UTF-8; found the byte 0xe9. Save the file as UTF-8.",
        ),
        (
            b"task: \x00\n",
            ": expected YAML; found unacceptable character #x0000: special characters are not allowed. Remove the "
            "character that cannot be printed.",
        ),
        (
            b"[" * 20_000,
            ", line 1: expected settings; found values nested too deeply. Write them as the documentation shows.",
        ),
        (
            b"#" * 65_537,
            ": expected a file of at most 65,536 bytes; found 65,537 bytes. Keep only settings in it.",
        ),
    ],
)
def test_what_is_no_settings_file_is_refused(content: bytes, message: str) -> None:
    assert refusal(content) == f"traindrop.yaml{message}"


def test_an_alias_that_would_grow_a_billion_times_is_not_followed() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert refusal("\n".join(lines).encode()) == (
        "traindrop.yaml, line 2: expected values written out; found the alias *a. "
        "Write the value in place of the alias."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_every_editor_are_read(encoding: str) -> None:
    result = parse(
        "columns:\r\n  text: caf\u00e9\r\n".encode(encoding), "traindrop.yaml"
    )
    assert isinstance(result, Options)
    assert result.columns == {"text": "caf\u00e9"}


def test_merge_keys_are_keys_like_others() -> None:
    assert refusal(b"<<: {task: ner}\n").startswith(
        "traindrop.yaml, line 1, '<<': expected a setting; found '<<'"
    )


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | st.text("ab:- \n[]{}&*!'\"#,|>?%@", max_size=60).map(str.encode)
)
def test_any_bytes_are_settings_or_problems(content: bytes) -> None:
    result = parse(content, "traindrop.yaml")
    assert isinstance(result, Options) or (
        result and all(problem.file == "traindrop.yaml" for problem in result)
    )
