"""The trained model as the hosting container wants it, and the proof that it serves."""
