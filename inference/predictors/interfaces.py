"""What the predictors use of models and tokenizers, whoever makes them: transformers, ONNX Runtime, tokenizers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import torch

    FloatArray: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Tensor: TypeAlias = torch.Tensor | Array
    """Whole numbers of shape (rows, tokens): a tensor for torch, an array for ONNX Runtime."""


class Encoding(Protocol):
    """One text or pair as tokens: `tokenizers.Encoding`."""

    @property
    def ids(self) -> list[int]: ...
    @property
    def type_ids(self) -> list[int]: ...
    @property
    def tokens(self) -> list[str]: ...
    @property
    def offsets(self) -> list[tuple[int, int]]: ...
    @property
    def special_tokens_mask(self) -> list[int]: ...
    @property
    def sequence_ids(self) -> list[int | None]: ...
    @property
    def overflowing(self) -> list[Encoding]: ...
    def token_to_word(self, token_index: int) -> int | None: ...
    def word_to_chars(
        self, word_index: int, sequence_index: int
    ) -> tuple[int, int]: ...


class FastTokenizer(Protocol):
    """`tokenizers.Tokenizer`."""

    @property
    def padding(self) -> Mapping[str, object] | None: ...
    @property
    def truncation(self) -> Mapping[str, object] | None: ...
    @property
    def model(self) -> object: ...
    def no_padding(self) -> None: ...
    def no_truncation(self) -> None: ...
    def enable_truncation(
        self,
        max_length: int,
        stride: int = 0,
        strategy: str = "longest_first",
        direction: str = "right",
    ) -> None: ...
    def num_special_tokens_to_add(self, is_pair: bool) -> int: ...
    def encode(
        self, sequence: str, pair: str | None = None, *, add_special_tokens: bool = True
    ) -> Encoding: ...
    def encode_batch(
        self, batch: Sequence[str | tuple[str, str]]
    ) -> list[Encoding]: ...


class Tokenizer(Protocol):
    """What transformers' tokenizers and `LightTokenizer` have in common; None stands for a token that there is not."""

    is_fast: bool
    model_max_length: int
    padding_side: str
    truncation_side: str
    pad_token_type_id: int

    @property
    def backend_tokenizer(self) -> FastTokenizer: ...
    @property
    def model_input_names(self) -> list[str]: ...
    @property
    def pad_token_id(self) -> int | None: ...
    @property
    def unk_token_id(self) -> int | None: ...
    @property
    def cls_token_id(self) -> int | None: ...
    @property
    def mask_token_id(self) -> int | None: ...
    @property
    def mask_token(self) -> str | None: ...
    def get_vocab(self) -> dict[str, int]: ...
    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]: ...
    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str: ...
    def convert_tokens_to_string(self, tokens: list[str]) -> str: ...


class TransformersTokenizer(Tokenizer, Protocol):
    """What only the tokenizers of transformers have."""

    eos_token_id: int | None
    bos_token_id: int | None
    chat_template: str | None
    model_input_names: list[str]
    init_kwargs: dict[str, object]
    """What is saved as its `tokenizer_config.json`."""
    name_or_path: str

    @property
    def all_special_tokens(self) -> list[str]: ...
    def __call__(
        self,
        text: str,
        text_pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        truncation: bool = False,
        max_length: int | None = None,
        verbose: bool = True,
    ) -> Mapping[str, list[int]]: ...
    def batch_decode(
        self,
        sequences: Tensor,
        *,
        skip_special_tokens: bool,
        clean_up_tokenization_spaces: bool = False,
    ) -> list[str]: ...
    def apply_chat_template(
        self,
        conversation: Sequence[Mapping[str, object]],
        *,
        tokenize: bool,
        add_generation_prompt: bool,
        continue_final_message: bool,
    ) -> str: ...


class Config(Protocol):
    """A model's `config.json`; most of its fields are read with `getattr`, because not every model has them."""

    id2label: Mapping[int, str]
    num_labels: int
    problem_type: str | None


class Model(Protocol):
    """Called with the columns of a batch; its answer has an attribute for each output."""

    @property
    def config(self) -> Config: ...
    @property
    def device(self) -> torch.device | None: ...
    def __call__(self, **columns: Tensor) -> object: ...


class TorchModel(Model, Protocol):
    """What only the models of transformers have."""

    @property
    def device(self) -> torch.device: ...
    def forward(self, **columns: Tensor) -> object: ...
    def named_modules(self) -> Iterable[tuple[str, object]]: ...


class GenerativeModel(TorchModel, Protocol):
    """A model that writes texts."""

    @property
    def generation_config(self) -> GenerationConfig: ...
    def generate(self, **arguments: object) -> torch.Tensor: ...


class GenerationConfig(Protocol):
    def to_diff_dict(self) -> dict[str, object]: ...
