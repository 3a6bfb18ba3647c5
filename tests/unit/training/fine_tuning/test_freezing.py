from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AlbertConfig,
    AutoModelForSequenceClassification,
    BartConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    GPT2Config,
    RobertaConfig,
)

from tasks import get_task
from tests.unit.training.recipes.learning import learn
from training.common.errors import HyperparameterError
from training.fine_tuning.freezing import freeze_lowest_layers
from training.inputs.base_model import load_base
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of

SIZES: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
CASES: list[tuple[Any, set[str]]] = [
    (
        RobertaConfig(**SIZES, num_hidden_layers=3),
        {"roberta.encoder.layer.2.", "classifier."},
    ),
    (
        ElectraConfig(**SIZES, num_hidden_layers=3, embedding_size=4),
        {"electra.encoder.layer.2.", "classifier."},
    ),
    (
        DistilBertConfig(vocab_size=40, dim=8, n_heads=2, hidden_dim=16, n_layers=3),
        {"distilbert.transformer.layer.2.", "pre_classifier.", "classifier."},
    ),
    (
        DebertaV2Config(
            **SIZES, num_hidden_layers=3, relative_attention=True, pos_att_type=["c2p"]
        ),
        {"deberta.encoder.layer.2.", "pooler.", "classifier."},
    ),
    (
        GPT2Config(
            vocab_size=40, n_embd=8, n_head=2, n_layer=3, n_positions=16, pad_token_id=0
        ),
        {"transformer.h.2.", "transformer.ln_f.", "score."},
    ),
    (
        BartConfig(
            vocab_size=40,
            d_model=8,
            encoder_layers=3,
            decoder_layers=2,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            max_position_embeddings=16,
        ),
        {"model.encoder.layers.2.", "model.decoder.", "classification_head."},
    ),
]


@pytest.mark.parametrize(
    ("config", "trained"), CASES, ids=lambda case: getattr(case, "model_type", "")
)
def test_the_lowest_layers_and_the_embeddings_do_not_learn(
    config: Any, trained: set[str]
) -> None:
    model = AutoModelForSequenceClassification.from_config(config)
    freeze_lowest_layers(model, resolve({"freeze_layers": 2}, {}))
    learns = [
        name for name, weights in model.named_parameters() if weights.requires_grad
    ]
    assert all(name.startswith(tuple(trained)) for name in learns), learns
    assert {
        beginning
        for beginning in trained
        if any(name.startswith(beginning) for name in learns)
    } == trained


def test_frozen_weights_stay_and_the_others_learn(bert: Path) -> None:
    recipe = recipe_of(get_task("text-classification", ""), ["a", "b"])
    model, tokenizer = load_base(recipe.trainer, str(bert))
    before = {name: weights.clone() for name, weights in model.state_dict().items()}
    arguments = resolve({"freeze_layers": 1, "epochs": 3, "max_length": 32}, {})
    rows = [{"text": "good film", "label": "b"}, {"text": "bad film", "label": "a"}]
    trained, _ = learn(recipe, model, tokenizer, rows, arguments)
    changed = {
        name
        for name, weights in trained.state_dict().items()
        if not torch.equal(weights, before[name])
    }
    assert "bert.encoder.layer.1.output.dense.weight" in changed
    assert not any(
        name.startswith(("bert.embeddings.", "bert.encoder.layer.0."))
        for name in changed
    )


def test_every_layer_may_be_frozen_and_none_is_by_default(bert: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(bert)
    freeze_lowest_layers(model, resolve({}, {}))
    assert all(weights.requires_grad for weights in model.parameters())
    freeze_lowest_layers(model, resolve({"freeze_layers": 2}, {}))
    learns = {
        name for name, weights in model.named_parameters() if weights.requires_grad
    }
    assert learns == {
        f"{layer}.{kind}"
        for layer in ("bert.pooler.dense", "classifier")
        for kind in ("weight", "bias")
    }


def test_a_model_whose_layers_share_their_weights_has_one() -> None:
    model = AutoModelForSequenceClassification.from_config(
        AlbertConfig(**SIZES, embedding_size=4)
    )
    with pytest.raises(
        HyperparameterError,
        match="expected at most 1, which is how many layers this model has; found 2",
    ):
        freeze_lowest_layers(model, resolve({"freeze_layers": 2}, {}))


def test_more_layers_than_there_are_cannot_be_frozen(bert: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(bert)
    with pytest.raises(HyperparameterError) as raised:
        freeze_lowest_layers(model, resolve({"freeze_layers": 3}, {}))
    assert str(raised.value) == (
        "hyperparameter freeze_layers: expected at most 2, which is how many layers this model has; found 3. Lower it."
    )


def test_layers_are_not_frozen_beside_adapters(bert: Path) -> None:
    recipe = recipe_of(get_task("text-classification", ""), ["a", "b"])
    model, _ = load_base(recipe.trainer, str(bert))
    with pytest.raises(HyperparameterError) as raised:
        freeze_lowest_layers(model, resolve({"freeze_layers": 1, "lora": True}, {}))
    assert str(raised.value) == (
        "hyperparameter freeze_layers: expected 0 with lora, which trains none of the model's own layers; found 1. "
        "Remove one of the two."
    )
