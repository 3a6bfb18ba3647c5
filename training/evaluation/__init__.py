"""How good the model is, beside what it has to beat: a simple baseline and the model that is live."""
