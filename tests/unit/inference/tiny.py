"""A real BERT classifier of a few thousand random weights, and archives around it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[3]
WORDS = ["good", "bad", "film", "the", "a", "was", "very", "not", "plot", "music", "##s", "##ly", "!", ",", "."]
LETTERS = list("abcdefghijklmnopqrstuvwxyz") + [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"]
LABELS = ("negative", "neutral", "positive")
POSITIONS = 64


def build_model(folder: Path, labels: tuple[str, ...] = LABELS, seed: int = 0, **config: Any) -> Path:
    tokens = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *LETTERS])
    vocabulary = {token: index for index, token in enumerate(tokens)}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=POSITIONS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    names = dict(enumerate(labels))
    ids = {label: index for index, label in names.items()}
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary),
            max_position_embeddings=POSITIONS,
            initializer_range=0.6,
            id2label=names,
            label2id=ids,
            **sizes,
            **config,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def add_code(model_dir: Path, **files: str) -> Path:
    """`add_code(folder, inference="def model_fn…")`: scripts into the folder's `code/`."""
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    for name, text in files.items():
        (code / f"{name}.py").write_text(text, "utf-8")
    return model_dir


def add_shim(model_dir: Path) -> Path:
    """The code as an archive carries it."""
    code = model_dir / "code"
    code.mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "inference", code / "traindrop", ignore=ignore)
    shutil.copytree(ROOT / "tasks", code / "tasks", ignore=ignore)
    shutil.copy(ROOT / "inference" / "shim.py", code / "inference.py")
    return model_dir
