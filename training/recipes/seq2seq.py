"""Summarization, translation and text-to-text generation: an encoder and a decoder, judged by what they write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from contracts.evaluation import Mistake
from inference.predictors.generation import Prompt
from inference.predictors.seq2seq import Writer, decoder_limit, reading_limit
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from tasks.languages import language_code, language_name
from training.common.errors import HyperparameterError
from training.common.examples import Examples
from training.common.log import say
from training.common.types import Features, FloatArray, Json, JsonObject, Rows
from training.metrics.mistakes import MistakeText, worst
from training.metrics.sums import MetricSums
from training.metrics.tfidf_nearest import nearest
from training.metrics.ties import GeneratedStart, generate_starts
from training.metrics.written_texts import (
    chrf_scores,
    rouge_scores,
    rouge_sums,
    translation_sums,
)
from training.recipes.base import (
    VERIFIED_ROWS,
    BaselineResult,
    Details,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
)

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer

VERIFIED_TOKENS = 16
"""Of the answers that are compared: the longer a text, the likelier two machines differ at a tie."""
SAMPLES = 5
LANGUAGE_CUTOFF = 0.5
"""Similarity, from 0 to 1, below which no language code is suggested."""
LANGUAGE_ATTRIBUTES = {"source_language": "src_lang", "target_language": "tgt_lang"}
"""Hyperparameter -> what tokenizers that know languages (mBART, NLLB, M2M100) call it."""

TextResponse: TypeAlias = Sequence[Mapping[str, str]]
"""One object, whose only field is the text."""


@dataclass(frozen=True)
class WrittenText:
    """What the model writes for one row."""

    text: str
    start: GeneratedStart | None = None
    """What it answers the row's short request with; only of the rows that are verified."""


def recipe(task: Task, labels: Sequence[str]) -> Recipe[WrittenText, str, TextResponse]:
    columns = TextColumns.of(task)
    served = SequenceToSequenceAnswers(task, labels, columns)
    trainer = SequenceToSequenceTrainer(task, labels, columns, served)
    return Recipe(
        task, labels, trainer, SequenceToSequenceScorer(task, labels, columns), served
    )


@dataclass(frozen=True)
class TextColumns:
    """The canonical columns of a task's two texts."""

    source: str
    target: str

    @classmethod
    def of(cls, task: Task) -> TextColumns:
        source, target = task.columns
        return cls(source.name, target.name)

    def sources(self, rows: Rows) -> list[str]:
        return [row[self.source] for row in rows]

    def targets(self, rows: Rows) -> list[str]:
        return [row[self.target] for row in rows]


class SequenceToSequenceAnswers(ServedAnswers[WrittenText, str, TextResponse]):
    def __init__(self, task: Task, labels: Sequence[str], columns: TextColumns) -> None:
        super().__init__(task, labels)
        self._columns = columns

    def request(self, row: Row) -> JsonObject:
        """Greedy, because which beam wins depends on less than two machines agree on."""
        parameters: JsonObject = {"max_new_tokens": VERIFIED_TOKENS, "num_beams": 1}
        return {"inputs": row[self._columns.source], "parameters": parameters}

    def evaluation_requests(self, rows: Rows) -> list[JsonObject]:
        """As callers send them: the model's own beams and length."""
        return [{"inputs": source} for source in self._columns.sources(rows)]

    def parse_response(self, response: TextResponse) -> str:
        (text,) = response[0].values()
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} instead of a text")
        return text

    def disagreement(
        self, response: TextResponse, prediction: WrittenText, tolerance: float
    ) -> str | None:
        (text,) = response[0].values()
        assert prediction.start is not None, "only the first rows are verified"
        return prediction.start.difference(text)


class SequenceToSequenceTrainer(TaskTrainer[WrittenText]):
    decoder_positions: int | None = None
    """Tokens that the decoder has positions for; None where it has no limit."""
    language_prefix = ""
    """The words that name the languages to a base model without language tokens, as in its pretraining."""

    def __init__(
        self,
        task: Task,
        labels: Sequence[str],
        columns: TextColumns,
        served: SequenceToSequenceAnswers,
    ) -> None:
        super().__init__(task, labels)
        self._columns = columns
        self._served = served

    def load_model(self, source: str) -> Model:
        """An encoder is loaded twice: as itself, and as a decoder that has yet to learn to read the encoder."""
        import torch  # noqa: PLC0415
        from transformers import (  # noqa: PLC0415
            MODEL_FOR_MASKED_LM_MAPPING,
            AutoConfig,
            AutoModelForSeq2SeqLM,
            EncoderDecoderModel,
        )

        config = AutoConfig.from_pretrained(source)
        if config.is_encoder_decoder or type(config) not in MODEL_FOR_MASKED_LM_MAPPING:
            return AutoModelForSeq2SeqLM.from_pretrained(source, dtype=torch.float32)
        say(
            "The base model has no decoder: it is trained as one too, which takes many more rows"
        )
        pair = EncoderDecoderModel.from_encoder_decoder_pretrained(source, source)
        return pair.to(torch.float32)

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        _complete_generation_config(model, tokenizer)
        self.decoder_positions = decoder_limit(model)
        # The tokenizer cuts at what the encoder reads, as serving does; a pair's own configuration has no limit.
        limit = reading_limit(tokenizer, model)
        if limit is not None:
            tokenizer.model_max_length = limit
        set_languages(model, tokenizer, arguments)
        self.language_prefix = prefix_of_languages(model, tokenizer, arguments)

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        return Examples.of_blocks(
            rows, lambda block: self._encoded(tokenizer, block, arguments)
        )

    def _encoded(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Iterator[Features]:
        max_source_tokens = min(arguments.max_length, tokenizer.model_max_length)
        prefix = self._prefix(arguments)
        prefixed = [prefix + source for source in self._columns.sources(rows)]
        sources = tokenizer(prefixed, truncation=True, max_length=max_source_tokens)
        targets = tokenizer(
            text_target=self._columns.targets(rows),
            truncation=True,
            max_length=self._max_target_tokens(arguments),
        )
        for source, target in zip(
            sources["input_ids"], targets["input_ids"], strict=True
        ):
            yield {
                "input_ids": np.array(source, dtype=np.int32),
                "labels": np.array(target, dtype=np.int64),
            }

    def _prefix(self, arguments: Hyperparameters) -> str:
        return arguments.prefix or self.language_prefix

    def _max_target_tokens(self, arguments: Hyperparameters) -> int:
        """Without the token that every text of the decoder starts with."""
        if not self.decoder_positions:
            return arguments.max_target_length
        return min(arguments.max_target_length, self.decoder_positions - 1)

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[WrittenText]:
        """Whole texts, and of the rows that are verified the short ones too."""
        model.config.task_specific_params = {self.task.name: self.settings(arguments)}
        writer = Writer(model, tokenizer, self.task.name)
        options = tuple(sorted(writer.defaults.items()))
        written = writer.predict(
            [Prompt(source, options) for source in self._columns.sources(rows)]
        )
        requests = [self._served.request(row) for row in rows[:VERIFIED_ROWS]]
        starts: list[GeneratedStart | None] = [*generate_starts(writer, requests)]
        starts += [None] * (len(rows) - len(starts))
        return [
            WrittenText(output.text, start)
            for output, start in zip(written, starts, strict=True)
        ]

    def settings(self, arguments: Hyperparameters) -> dict[str, Json]:
        return {
            "prefix": self._prefix(arguments),
            "max_target_length": self._max_target_tokens(arguments),
            "num_beams": arguments.num_beams,
        }


class SequenceToSequenceScorer(TaskScorer[WrittenText, str]):
    def __init__(self, task: Task, labels: Sequence[str], columns: TextColumns) -> None:
        super().__init__(task, labels)
        self._columns = columns
        self._is_translation = "bleu" in task.metrics

    def answers(self, predictions: Sequence[WrittenText]) -> list[str]:
        return [prediction.text for prediction in predictions]

    def sums(self, answers: Sequence[str], rows: Rows) -> MetricSums:
        references = self._columns.targets(rows)
        return (
            translation_sums(answers, references)
            if self._is_translation
            else rouge_sums(answers, references)
        )

    def mistakes(self, predictions: Sequence[WrittenText], rows: Rows) -> list[Mistake]:
        """The texts least like their references, by chrF or ROUGE-1."""
        texts, references = self.answers(predictions), self._columns.targets(rows)
        scores = self._row_scores(texts, references)

        def describe(row: int) -> MistakeText:
            return MistakeText(
                rows[row][self._columns.source], references[row], texts[row]
            )

        return worst(1 - scores, describe, scores)

    def _row_scores(
        self, texts: Sequence[str], references: Sequence[str]
    ) -> FloatArray:
        if self._is_translation:
            return chrf_scores(texts, references)
        return rouge_scores(texts, references)["rouge1"]

    def details(self, predictions: Sequence[WrittenText], rows: Rows) -> Details:
        samples = []
        for prediction, row in zip(predictions[:SAMPLES], rows[:SAMPLES], strict=True):
            samples.append({**row, "generated": prediction.text})
        return {"samples": tuple(samples)}

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        if self.task.answers_resemble_sources:
            return BaselineResult(
                "the source as it is", self.sums(self._columns.sources(test), test)
            )
        return BaselineResult("nothing", self.sums([""] * len(test), test))

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        if self.task.answers_condense_sources:
            length = int(
                np.median(
                    [len(target.split()) for target in self._columns.targets(train)]
                )
            )
            starts = [
                " ".join(source.split()[:length])
                for source in self._columns.sources(test)
            ]
            return BaselineResult(f"the first {length} words", self.sums(starts, test))
        indexes = nearest(self._columns.sources(train), self._columns.sources(test))
        targets = [train[index][self._columns.target] for index in indexes]
        return BaselineResult(
            "the answer of the most similar training row", self.sums(targets, test)
        )


def _complete_generation_config(model: Model, tokenizer: Tokenizer) -> None:
    """Gives a pair of an encoder and a decoder the tokens that a text starts and ends with."""
    config, generation = model.config, model.generation_config
    if getattr(config, "decoder_start_token_id", None) is None:
        config.decoder_start_token_id = _first_known(
            tokenizer.bos_token_id, tokenizer.cls_token_id, 0
        )
    if generation.decoder_start_token_id is None:
        generation.decoder_start_token_id = config.decoder_start_token_id
    if generation.eos_token_id is None:
        generation.eos_token_id = _first_known(
            tokenizer.eos_token_id, tokenizer.sep_token_id
        )
    if generation.pad_token_id is None:
        generation.pad_token_id = tokenizer.pad_token_id


def _first_known(*token_ids: int | None) -> int | None:
    for token_id in token_ids:
        if token_id is not None:
            return token_id
    return None


def set_languages(
    model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
) -> None:
    """Sets the languages in tokenizers whose language codes are tokens; others have none to set.

    Raises `HyperparameterError`.
    """
    for hyperparameter, attribute in LANGUAGE_ATTRIBUTES.items():
        code = getattr(arguments, hyperparameter)
        if not code or not hasattr(tokenizer, attribute):
            continue
        code, token_id = _language_token(tokenizer, hyperparameter, code)
        setattr(tokenizer, attribute, code)
        # What a tokenizer is built with when it is loaded again.
        tokenizer.init_kwargs[attribute] = code
        if hyperparameter == "target_language":
            model.generation_config.forced_bos_token_id = token_id


def prefix_of_languages(
    model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
) -> str:
    """`translate English to German: ` for a T5, which learnt translation by such words; else empty."""
    codes = (arguments.source_language, arguments.target_language)
    if not any(codes) or hasattr(tokenizer, LANGUAGE_ATTRIBUTES["target_language"]):
        return ""
    source, target = (language_name(language_code(code) or "") for code in codes)
    if arguments.prefix or model.config.model_type != "t5" or not (source and target):
        say(
            "The base model knows no languages: source_language and target_language only chose the columns"
        )
        return ""
    return f"translate {source} to {target}: "


def _language_token(
    tokenizer: Tokenizer, hyperparameter: str, code: str
) -> tuple[str, int]:
    """The tokenizer's own code of a language and the number of its token. Raises `HyperparameterError`."""
    codes = [str(token).strip("_") for token in tokenizer.all_special_tokens]
    same = [
        own for own in codes if language_code(own) == language_code(code) is not None
    ]
    own = code if code in codes else ""
    if not own and len(same) == 1:
        own = same[0]
    if not own:
        near = get_close_matches(code, codes, n=1, cutoff=LANGUAGE_CUTOFF)
        suggestion = f"Did you mean {near[0]!r}? " if near else ""
        raise HyperparameterError(
            f"hyperparameter {hyperparameter}: expected a language of the base model; found {code!r}. "
            f"{suggestion}Correct it."
        )
    return own, int(tokenizer.all_special_ids[codes.index(own)])
