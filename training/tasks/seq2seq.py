"""Summarization, translation and text-to-text generation: an encoder and a decoder, judged by what they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.tasks.base import Baseline, Features, Metrics, Predictions, Recipe

VERIFIED_TOKENS = 16
"""Of the answers that are compared: the longer the text, the likelier two machines part ways at a draw."""


def recipe(task: Task) -> Recipe:
    return SequenceToSequence(task)


class SequenceToSequence(Recipe):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._source, self._target = (column.name for column in task.columns)

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForSeq2SeqLM  # noqa: PLC0415

        return AutoModelForSeq2SeqLM.from_pretrained(source, dtype=torch.float32)

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        """Gives a pair of an encoder and a decoder what it needs to begin and end a text."""
        if getattr(model.config, "decoder_start_token_id", None) is None:
            model.config.decoder_start_token_id = _first(tokenizer.bos_token_id, tokenizer.cls_token_id, 0)
        if model.generation_config.decoder_start_token_id is None:
            model.generation_config.decoder_start_token_id = model.config.decoder_start_token_id
        if model.generation_config.eos_token_id is None:
            model.generation_config.eos_token_id = _first(tokenizer.eos_token_id, tokenizer.sep_token_id)
        if model.generation_config.pad_token_id is None:
            model.generation_config.pad_token_id = tokenizer.pad_token_id
        _set_languages(model, tokenizer, arguments)
        return model

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        sources = tokenizer(
            [arguments.prefix + row[self._source] for row in rows], truncation=True, max_length=arguments.max_length
        )["input_ids"]
        targets = tokenizer(
            text_target=[row[self._target] for row in rows], truncation=True, max_length=arguments.max_target_length
        )["input_ids"]
        return [
            {"input_ids": np.array(source, dtype=np.int32), "labels": np.array(target, dtype=np.int64)}
            for source, target in zip(sources, targets, strict=True)
        ]

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Whole texts, and of the rows that are verified the short ones too."""
        from inference.predictors.generation import Prompt  # noqa: PLC0415
        from inference.predictors.seq2seq import Writer  # noqa: PLC0415

        params = {self.task.name: self.settings(arguments)}
        model.config.task_specific_params = params
        writer = Writer(model, tokenizer, self.task.name)
        texts = [row[self._source] for row in rows]
        whole = tuple(sorted(writer.defaults.items()))
        short = tuple(sorted((writer.defaults | {"max_new_tokens": VERIFIED_TOKENS}).items()))
        answers = writer.predict([Prompt(text, whole) for text in texts])
        begun = writer.predict([Prompt(text, short) for text in texts[:16]])
        starts = [each.text for each in begun] + [""] * (len(texts) - len(begun))
        return [{"text": answer.text, "start": start} for answer, start in zip(answers, starts, strict=True)]

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
        return {"inputs": row[self._source], "parameters": {"max_new_tokens": VERIFIED_TOKENS}}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        (text,) = response[0].values()
        return None if text == prediction["start"] else f"{text!r} instead of {prediction['start']!r}"

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {
            "prefix": arguments.prefix,
            "max_target_length": arguments.max_target_length,
            "num_beams": arguments.num_beams,
        }


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _set_languages(model: Any, tokenizer: Any, arguments: Arguments) -> None:
    """For tokenizers that know languages (mBART, NLLB, M2M100), whose codes are tokens."""
    if arguments.source_language and hasattr(tokenizer, "src_lang"):
        tokenizer.src_lang = arguments.source_language
    if arguments.target_language and hasattr(tokenizer, "tgt_lang"):
        tokenizer.tgt_lang = arguments.target_language
        model.generation_config.forced_bos_token_id = tokenizer.convert_tokens_to_ids(arguments.target_language)


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
