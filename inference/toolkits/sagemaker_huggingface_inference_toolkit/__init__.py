"""The part of the Hugging Face inference toolkit that scripts import."""
