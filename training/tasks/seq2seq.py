"""Summarization, translation and text-to-text generation: an encoder and a decoder, judged by what they write."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.draws import begun, text_differs
from training.errors import ArgumentsError
from training.log import say
from training.tasks.base import Baseline, Features, Metrics, Predictions, Recipe

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

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        return self._metrics([prediction["text"] for prediction in predictions], rows)

    def _metrics(self, texts: Sequence[str], rows: Sequence[Row]) -> Metrics:
        references = [row[self._target] for row in rows]
        return translation_metrics(texts, references) if "bleu" in self.task.metrics else rouge(texts, references)

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        pairs = zip(predictions[:5], rows[:5], strict=False)
        return {"samples": [{**row, "generated": prediction["text"]} for prediction, row in pairs]}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        if self.task.name == "translation":
            return Baseline("the source as it is", self._metrics([row[self._source] for row in test], test))
        return Baseline("nothing", self._metrics(["" for _ in test], test))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline | None:
        if self.task.name != "summarization":
            return None
        length = int(np.median([len(row[self._target].split()) for row in train]))
        leads = [" ".join(row[self._source].split()[:length]) for row in test]
        return Baseline(f"the first {length} words", self._metrics(leads, test))

    def request(self, row: Row) -> dict[str, Any]:
        """Greedy: which beam wins hangs on less than what two machines agree on."""
        return {"inputs": row[self._source], "parameters": {"max_new_tokens": VERIFIED_TOKENS, "num_beams": 1}}

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


def rouge(texts: Sequence[str], references: Sequence[str]) -> Metrics:
    """F-measures by Google's rouge-score, averaged over the rows, with stemming."""
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415

    names = ["rouge1", "rouge2", "rougeL"]
    scorer = RougeScorer(names, use_stemmer=True)
    scores = [scorer.score(reference, text) for text, reference in zip(texts, references, strict=True)]
    return {name: float(np.mean([score[name].fmeasure for score in scores])) for name in names}


def translation_metrics(texts: Sequence[str], references: Sequence[str]) -> Metrics:
    """sacreBLEU's BLEU and chrF of the whole set, as fractions of 1."""
    import sacrebleu  # noqa: PLC0415

    return {
        "bleu": sacrebleu.corpus_bleu(list(texts), [list(references)]).score / 100,
        "chrf": sacrebleu.corpus_chrf(list(texts), [list(references)]).score / 100,
    }
