"""Drops with a training script of their own."""
