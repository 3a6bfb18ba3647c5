from __future__ import annotations

from pathlib import Path

from benchmarks.generation import NEW_TOKENS, Cell, bodies, table
from benchmarks.generation_model import VOCABULARY, build
from inference.predictors.causal_lm import load


def test_every_request_asks_for_as_many_tokens() -> None:
    for body in bodies(True, 5):
        assert body["stream"] is True
        lengths = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS}
        assert body["parameters"] == lengths
    assert bodies(False, 5) == bodies(False, 5)
    assert "stream" not in bodies(False, 1)[0]


def test_the_model_reads_as_many_tokens_as_bytes(tmp_path: Path) -> None:
    build(tmp_path, hidden=72, layers=1)
    tokenizer = load(tmp_path).tokenizer
    assert len(tokenizer("abc déf")["input_ids"]) == 8
    assert len(tokenizer.get_vocab()) == VOCABULARY


def test_the_table_compares_with_the_container() -> None:
    slow = Cell(10.0, [2.0], [2.0], 100.0, 900.0)
    fast = Cell(40.0, [0.5], [1.0], 25.0, 800.0)
    rows = table({("container", 8): [slow], ("ours", 8): [fast, fast]})
    assert rows.splitlines()[2:] == [
        "| container | 8 | 10.0 | 1.0 × | 2.00 s | 2.00 s | 100 | 900 |",
        "| ours | 8 | 40.0 | 4.0 × | 0.50 s | 1.00 s | 25 | 800 |",
    ]
