"""Summarization, translation and text-to-text generation: an encoder and a decoder, judged by what they write."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.errors import ArgumentsError
from training.log import say
from training.metrics.bootstrap import Array, Tally
from training.metrics.mistakes import worst
from training.metrics.sums import means
from training.metrics.tfidf_nearest import nearest
from training.metrics.ties import begun, text_differs
from training.recipes.base import Baseline, Features, Mistake, Predictions, Recipe

BLEU_SUMS = 10
"""Lengths of texts and references, then words in a row, one to four, that are right, and all of them."""
VERIFIED_ROWS = 16
VERIFIED_TOKENS = 16
"""Of the answers that are compared: the longer the text, the likelier two machines part ways at a draw."""


def recipe(task: Task) -> Recipe:
    return SequenceToSequence(task)


class SequenceToSequence(Recipe):
    room: int | None = None
    """Tokens that the decoder has positions for; None where it has no limit."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._source, self._target = (column.name for column in task.columns)

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        """Of an encoder, a pair: itself, and itself once more as a decoder that has yet to learn to look at it."""
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
        say("The base model has no decoder: it is trained as one too, which takes many more rows")
        pair = EncoderDecoderModel.from_encoder_decoder_pretrained(source, source)
        return pair.to(torch.float32)

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        """Gives a pair of an encoder and a decoder what it needs to begin and end a text."""
        config, generation = model.config, model.generation_config
        if getattr(config, "decoder_start_token_id", None) is None:
            config.decoder_start_token_id = _first(tokenizer.bos_token_id, tokenizer.cls_token_id, 0)
        if generation.decoder_start_token_id is None:
            generation.decoder_start_token_id = config.decoder_start_token_id
        if generation.eos_token_id is None:
            generation.eos_token_id = _first(tokenizer.eos_token_id, tokenizer.sep_token_id)
        if generation.pad_token_id is None:
            generation.pad_token_id = tokenizer.pad_token_id
        from inference.predictors.seq2seq import decoder_limit  # noqa: PLC0415

        self.room = decoder_limit(model)
        _keep_to_encoder(model, tokenizer)
        set_languages(model, tokenizer, arguments)
        return super().prepare(model, tokenizer, arguments)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        reads = min(arguments.max_length, tokenizer.model_max_length)
        sources = tokenizer([arguments.prefix + row[self._source] for row in rows], truncation=True, max_length=reads)
        targets = tokenizer(
            text_target=[row[self._target] for row in rows], truncation=True, max_length=self._most(arguments)
        )
        return [
            {"input_ids": np.array(source, dtype=np.int32), "labels": np.array(target, dtype=np.int64)}
            for source, target in zip(sources["input_ids"], targets["input_ids"], strict=True)
        ]

    def _most(self, arguments: Arguments) -> int:
        """Tokens of what is written, the first one of the decoder not counted."""
        return min(arguments.max_target_length, self.room - 1 if self.room else arguments.max_target_length)

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Whole texts, and of the rows that are verified the short ones too."""
        from inference.predictors.generation import Prompt  # noqa: PLC0415
        from inference.predictors.seq2seq import Writer  # noqa: PLC0415

        params = {self.task.name: self.settings(arguments)}
        model.config.task_specific_params = params
        writer = Writer(model, tokenizer, self.task.name)
        options = tuple(sorted(writer.defaults.items()))
        answers = writer.predict([Prompt(row[self._source], options) for row in rows])
        found = [{"text": answer.text} for answer in answers]
        for prediction, start in zip(found, begun(writer, list(map(self.request, rows[:VERIFIED_ROWS]))), strict=False):
            prediction.update(start)
        return found

    def answers(self, predictions: Predictions) -> Predictions:
        return [prediction["text"] for prediction in predictions]

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return self._tally(answers, rows)

    def _tally(self, texts: Sequence[str], rows: Sequence[Row]) -> Tally:
        references = [row[self._target] for row in rows]
        return translation_tally(texts, references) if "bleu" in self.task.metrics else rouge_tally(texts, references)

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The texts least like what was to be written, by chrF or ROUGE-1."""
        texts, references = self.answers(predictions), [row[self._target] for row in rows]
        alike = text_likeness(texts, references, words="bleu" not in self.task.metrics)
        return worst(1 - alike, lambda row: (rows[row][self._source], references[row], texts[row]), alike)

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        pairs = zip(predictions[:5], rows[:5], strict=False)
        return {"samples": [{**row, "generated": prediction["text"]} for prediction, row in pairs]}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        if self.task.name == "translation":
            return Baseline("the source as it is", self._tally([row[self._source] for row in test], test))
        return Baseline("nothing", self._tally(["" for _ in test], test))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        if self.task.name != "summarization":
            places = nearest([row[self._source] for row in train], [row[self._source] for row in test])
            targets = [train[place][self._target] for place in places]
            return Baseline("the answer of the most similar training row", self._tally(targets, test))
        length = int(np.median([len(row[self._target].split()) for row in train]))
        leads = [" ".join(row[self._source].split()[:length]) for row in test]
        return Baseline(f"the first {length} words", self._tally(leads, test))

    def request(self, row: Row) -> dict[str, Any]:
        """Greedy: which beam wins hangs on less than what two machines agree on."""
        return {"inputs": row[self._source], "parameters": {"max_new_tokens": VERIFIED_TOKENS, "num_beams": 1}}

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        """Answered as callers are: with the model's own beams and length."""
        return [{"inputs": row[self._source]} for row in rows]

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        (text,) = response[0].values()
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} instead of a text")
        return text

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        (text,) = response[0].values()
        return text_differs(text, prediction)

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {
            "prefix": arguments.prefix,
            "max_target_length": self._most(arguments),
            "num_beams": arguments.num_beams,
        }


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _keep_to_encoder(model: Any, tokenizer: Any) -> None:
    """The tokenizer cuts at what the encoder reads, as serving does; the pair's own configuration names no limit."""
    from inference.predictors.seq2seq import reading_limit  # noqa: PLC0415

    limit = reading_limit(tokenizer, model)
    if limit is not None:
        tokenizer.model_max_length = limit


def set_languages(model: Any, tokenizer: Any, arguments: Arguments) -> None:
    """For tokenizers that know languages (mBART, NLLB, M2M100), whose codes are tokens. Raises `ArgumentsError`."""
    for name, place in (("source_language", "src_lang"), ("target_language", "tgt_lang")):
        if not (code := getattr(arguments, name)):
            continue
        number = _language(tokenizer, name, code, place)
        setattr(tokenizer, place, code)
        # What a tokenizer is built with again when it is loaded.
        tokenizer.init_kwargs[place] = code
        if place == "tgt_lang":
            model.generation_config.forced_bos_token_id = number


def _language(tokenizer: Any, name: str, code: str, place: str) -> int:
    """The number of a language's token."""
    if not hasattr(tokenizer, place):
        raise ArgumentsError(
            f"hyperparameter {name}: expected none, for the base model's tokenizer knows no languages; found {code!r}. "
            "Leave it out, or name the languages in prefix."
        )
    codes = [str(token).strip("_") for token in tokenizer.all_special_tokens]
    if code not in codes:
        nearest = get_close_matches(code, codes, n=1, cutoff=0.0)[0]
        raise ArgumentsError(
            f"hyperparameter {name}: expected a language of the base model; found {code!r}. "
            f"Did you mean {nearest!r}? Correct it."
        )
    return int(tokenizer.all_special_ids[codes.index(code)])


def rouge_tally(texts: Sequence[str], references: Sequence[str]) -> Tally:
    """F-measures by Google's rouge-score, averaged over the rows, with stemming."""
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415

    names = ["rouge1", "rouge2", "rougeL"]
    scorer = RougeScorer(names, use_stemmer=True)
    scores = [scorer.score(reference, text) for text, reference in zip(texts, references, strict=True)]
    return means({name: [score[name].fmeasure for score in scores] for name in names})


def translation_tally(texts: Sequence[str], references: Sequence[str]) -> Tally:
    """sacreBLEU's BLEU and chrF of the whole set, as fractions of 1."""
    # The sums that the scores of a set are made of are not in the public interface; a test holds them to it.
    parts = [metric._extract_corpus_statistics(list(texts), [list(references)]) for metric in _translation_metrics()]
    return Tally(np.concatenate([np.array(part, dtype=np.float64) for part in parts], axis=1), _translation_scores)


def _translation_metrics() -> tuple[Any, Any]:
    from sacrebleu.metrics import BLEU, CHRF  # noqa: PLC0415

    return BLEU(force=True), CHRF()


def _translation_scores(sums: Array) -> dict[str, Array]:
    bleu, chrf = _translation_metrics()
    found = {"bleu": (bleu, sums[:, :BLEU_SUMS]), "chrf": (chrf, sums[:, BLEU_SUMS:])}
    return {
        name: np.array([metric._compute_score_from_stats(row.tolist()).score / 100 for row in rows])
        for name, (metric, rows) in found.items()
    }


def text_likeness(texts: Sequence[str], references: Sequence[str], *, words: bool) -> Array:
    """Of each row by itself: ROUGE-1 over `words`, else chrF over characters."""
    if words:
        likeness: Array = rouge_tally(texts, references).columns[:, 0]
        return likeness
    return _translation_scores(translation_tally(texts, references).columns)["chrf"]
