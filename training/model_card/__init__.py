"""`README.md` of a model directory: a model card in the Hub's format."""

from training.model_card.card import CardInfo, model_card

__all__ = ["CardInfo", "model_card"]
