from __future__ import annotations

from tasks import model_types
from tools.model_types import HEADS, module


def test_the_module_has_a_list_for_every_head() -> None:
    source = module()
    for head in HEADS:
        assert f"\n{head} = " in source
        assert "bert" in source


def test_the_lists_are_those_of_transformers() -> None:
    assert "opt" in model_types.CAUSAL_LM.split()
    assert "opt" not in model_types.TOKEN_CLASSIFICATION.split()
    assert "pegasus" in model_types.SEQ_TO_SEQ_CAUSAL_LM.split()
    assert "xlnet" not in model_types.MASKED_LM.split()
