"""Tries hyperparameters and base models on a validation part before the training: `search` in traindrop.yaml."""
