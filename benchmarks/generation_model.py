"""The model that writes in the benchmark: the shape of SmolLM2-135M with weights drawn at random, cached in `.bench`.

Nothing that it writes is worth reading: how fast a token comes does not depend on which one it is. Its vocabulary is
bytes and words that no text has, so that every text is as long in tokens as in bytes.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.processes import ROOT

FOLDER = ROOT / ".bench" / "generation-1"
"""The number is a version: raise it when this module makes other files."""
VOCABULARY = 49_152
END = "<|endoftext|>"


def prepared() -> Path:
    """The model's folder, as `save_pretrained` leaves it."""
    if not (FOLDER / "model.safetensors").exists():
        build(FOLDER)
    return FOLDER


def build(folder: Path, hidden: int = 576, layers: int = 30) -> None:
    import torch  # noqa: PLC0415
    from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        intermediate_size=hidden * 8 // 3,
        num_hidden_layers=layers,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    folder.mkdir(parents=True, exist_ok=True)
    _save_tokenizer(folder)
    LlamaForCausalLM(config).save_pretrained(folder)


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [END, *letters]
    words += [f"\x00{number}" for number in range(VOCABULARY - len(words))]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, pad_token=END
    )
    fast.save_pretrained(folder)
