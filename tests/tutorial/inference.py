"""An inference script of the Hugging Face containers' own kind: `model_fn` and `transform_fn`, and its own request."""

import json

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def model_fn(model_dir):
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = AutoModelForSequenceClassification.from_pretrained(model_dir)
    return model.eval(), tokenizer


def transform_fn(model, input_data, content_type, accept):
    model, tokenizer = model
    reviews = json.loads(input_data)["reviews"]
    encoded = tokenizer(reviews, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        scores = model(**encoded).logits.softmax(dim=-1)
    stars = [round(1 + 4 * float(row[1]), 2) for row in scores]
    return json.dumps({"stars": stars})
