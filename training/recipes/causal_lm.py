"""Text generation: a causal language model that continues texts, completes prompts or answers in chats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from contracts.evaluation import Mistake
from inference.predictors.causal_lm import Generator
from inference.predictors.padding import groups, overhead_on, pad
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.examples import Examples
from training.common.types import (
    IGNORED_LABEL,
    Collator,
    Features,
    Json,
    JsonObject,
    Rows,
)
from training.metrics.mistakes import MistakeText, worst
from training.metrics.ngram_baseline import BigramModel, Splitter
from training.metrics.sums import MetricSums, TokenCounts, language_model_sums
from training.metrics.ties import GeneratedStart, generate_starts
from training.recipes.base import (
    VERIFIED_ROWS,
    BaselineResult,
    Details,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
)
from training.recipes.causal_lm_texts import (
    features,
    laid_end_to_end,
    prompt_and_completion,
    prompt_of,
    shown_prompt,
    trained_text,
)
from training.recipes.chats import TEMPLATE, end_of_turn, trained_segments

if TYPE_CHECKING:
    from transformers import GenerationConfig

    from training.common.types import Model, Tokenizer

VERIFIED_TOKENS = 16
SAMPLES = 5
SPACE_MARKS = "Ġ▁"
"""How tokenizers write the space before a word."""

TextResponse: TypeAlias = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class ContinuedText(TokenCounts):
    """How well the model predicts one row, and how it continues the row's prompt."""

    start: GeneratedStart | None = None
    """Only of the rows that are verified."""


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[ContinuedText, TokenCounts, TextResponse]:
    served = CausalLanguageModelAnswers(task, labels)
    scorer = CausalLanguageModelScorer(task, labels, served)
    trainer = CausalLanguageModelTrainer(task, labels, served, scorer)
    return Recipe(task, labels, trainer, scorer, served)


class CausalLanguageModelAnswers(
    ServedAnswers[ContinuedText, TokenCounts, TextResponse]
):
    def request(self, row: Row) -> JsonObject:
        prompt = prompt_of(row)
        parameters: JsonObject = {
            "max_new_tokens": VERIFIED_TOKENS,
            "return_full_text": False,
        }
        if isinstance(prompt, str):
            return {"inputs": prompt, "parameters": parameters}
        messages = [{"role": role, "content": content} for role, content in prompt]
        return {"inputs": messages, "parameters": parameters}

    def evaluation_requests(self, rows: Rows) -> None:
        """No response says how likely the tokens of a text are."""

    def parse_response(self, response: TextResponse) -> TokenCounts:
        raise NotImplementedError

    def disagreement(
        self, response: TextResponse, prediction: ContinuedText, tolerance: float
    ) -> str | None:
        assert prediction.start is not None, "only the first rows are verified"
        return prediction.start.difference(response[0]["generated_text"])


class CausalLanguageModelTrainer(TaskTrainer[ContinuedText]):
    def __init__(
        self,
        task: Task,
        labels: Sequence[str],
        served: CausalLanguageModelAnswers,
        scorer: CausalLanguageModelScorer,
    ) -> None:
        super().__init__(task, labels)
        self._served, self._scorer = served, scorer

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForCausalLM  # noqa: PLC0415

        return AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        self._scorer.read_as(tokenizer)
        if self.task.variant == "chat":
            tokenizer.chat_template = tokenizer.chat_template or TEMPLATE
            _stop_after_turns(
                model.generation_config, end_of_turn(tokenizer), tokenizer.eos_token_id
            )

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """Examples with labels for the trained parts; plain texts are laid end to end unless `packing` is off."""
        whole: Iterable[Features] = (
            self._example(tokenizer, row, arguments) for row in rows
        )
        if not self.task.variant and arguments.packing:
            whole = [laid_end_to_end(Examples(whole))]
        cut = (self._cut(example, arguments.max_length) for example in whole)
        return Examples(chain.from_iterable(cut))

    def _example(
        self, tokenizer: Tokenizer, row: Row, arguments: Hyperparameters
    ) -> Features:
        """One row, as long as it is."""
        end = [tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else []
        if "text" in row:
            ids = tokenizer(row["text"], verbose=False)["input_ids"]
            return features([(ids if ids[-1:] == end else ids + end, True)])
        if "messages" in row:
            parts = []
            for segment, trained in trained_segments(tokenizer, row["messages"]):
                parts.append(
                    (tokenizer(segment, add_special_tokens=False)["input_ids"], trained)
                )
            return features(parts)
        prompt, completion = prompt_and_completion(tokenizer, row)
        return features(
            [(prompt, arguments.loss_on == "all"), (completion + end, True)]
        )

    def _cut(self, example: Features, max_tokens: int) -> list[Features]:
        """A plain text in pieces, none of it lost; else the last tokens, because the answer is at the end."""
        if self.task.variant:
            return [{name: values[-max_tokens:] for name, values in example.items()}]
        pieces: list[Features] = []
        for start in range(0, len(example["input_ids"]), max_tokens):
            piece = {
                name: values[start : start + max_tokens]
                for name, values in example.items()
            }
            # In a piece of one token nothing is predicted.
            if len(piece["input_ids"]) > 1:
                pieces.append(piece)
        return pieces

    def collator(
        self, tokenizer: Tokenizer, multiple: int | None, arguments: Hyperparameters
    ) -> Collator:
        """Padded on the right, where no token sees the padding and none is moved by it."""
        from training.recipes.padding import Padding  # noqa: PLC0415

        return Padding(tokenizer, multiple, side="right")

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[ContinuedText]:
        pieces: list[Features] = []
        row_numbers: list[int] = []
        for number, row in enumerate(rows):
            of_row = self._cut(
                self._example(tokenizer, row, arguments), arguments.max_length
            )
            pieces += of_row
            row_numbers += [number] * len(of_row)
        counts = _summed_by_row(
            count_predicted(model, pieces, arguments.eval_batch_size),
            row_numbers,
            len(rows),
        )
        requests = [self._served.request(row) for row in rows[:VERIFIED_ROWS]]
        starts: list[GeneratedStart | None] = [
            *generate_starts(Generator(model, tokenizer), requests)
        ]
        starts += [None] * (len(rows) - len(starts))
        predictions = []
        for row_counts, start in zip(counts, starts, strict=True):
            predictions.append(
                ContinuedText(
                    row_counts.loss, row_counts.tokens, row_counts.correct, start
                )
            )
        return predictions

    def settings(self, arguments: Hyperparameters) -> dict[str, Json]:
        return {"max_target_length": arguments.max_target_length}


class CausalLanguageModelScorer(TaskScorer[ContinuedText, TokenCounts]):
    def __init__(
        self, task: Task, labels: Sequence[str], served: CausalLanguageModelAnswers
    ) -> None:
        super().__init__(task, labels)
        self._served = served
        self._split: Splitter = str.split
        self._unit = "words"

    def read_as(self, tokenizer: Tokenizer) -> None:
        end = (
            [tokenizer.eos_token]
            if tokenizer.eos_token and self.task.variant != "chat"
            else []
        )
        self._split = lambda text: [*tokenizer.tokenize(text), *end]
        self._unit = "tokens"

    def answers(self, predictions: Sequence[ContinuedText]) -> Sequence[TokenCounts]:
        return predictions

    def sums(self, answers: Sequence[TokenCounts], rows: Rows) -> MetricSums:
        """The gate's metric is the share of correct tokens, of which more is better; perplexity is beside it."""
        return _sums(answers)

    def details(self, predictions: Sequence[ContinuedText], rows: Rows) -> Details:
        samples: list[JsonObject] = []
        for row, prediction in zip(rows[:SAMPLES], predictions[:SAMPLES], strict=True):
            assert prediction.start is not None, "the first rows are verified"
            samples.append(
                {
                    "request": self._served.request(row),
                    "generated": prediction.start.text,
                }
            )
        return {"samples": tuple(samples)}

    def mistakes(
        self, predictions: Sequence[ContinuedText], rows: Rows
    ) -> list[Mistake]:
        """The texts predicted worst, by the loss of a token."""

        def describe(row: int) -> MistakeText:
            counts, start = predictions[row], predictions[row].start
            answer = f"{counts.correct:,} of {counts.tokens:,} tokens predicted"
            if start and start.text:
                answer = f"{start.text} ({answer})"
            return MistakeText(shown_prompt(rows[row]), trained_text(rows[row]), answer)

        return worst(
            [counts.loss / max(1, counts.tokens) for counts in predictions], describe
        )

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        """The most frequent token, and the perplexity of token frequencies; of words before `read_as`."""
        words = BigramModel(list(map(trained_text, train)), self._split)
        counts = [words.by_frequency(trained_text(row)) for row in test]
        shown = words.most_frequent.lstrip(SPACE_MARKS) or " "
        return BaselineResult(f"always {shown!r} (over {self._unit})", _sums(counts))

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        words = BigramModel(list(map(trained_text, train)), self._split)
        counts = [words.by_previous_word(trained_text(row)) for row in test]
        return BaselineResult(
            f"the most frequent one after the one before (over {self._unit})",
            _sums(counts),
        )


def _sums(counts: Sequence[TokenCounts]) -> MetricSums:
    return language_model_sums(counts, "token_accuracy", "perplexity")


def count_predicted(
    model: Model, examples: Sequence[Features], max_rows: int
) -> list[TokenCounts]:
    """For each example, how well the model predicts its labels; a pass takes at most `max_rows` examples."""
    import torch  # noqa: PLC0415

    counts: dict[int, TokenCounts] = {}
    with torch.inference_mode():
        lengths = [len(example["input_ids"]) for example in examples]
        for group in groups(lengths, max_rows, overhead_on(model.device)):
            ids = pad(
                [examples[index]["input_ids"].tolist() for index in group],
                0,
                False,
                model.device,
            )
            # The padding is on the right, where no token that counts sees it.
            for index, logits in zip(group, model(input_ids=ids).logits, strict=True):
                labels = torch.tensor(
                    examples[index]["labels"][1:], device=model.device
                )
                trained = (labels != IGNORED_LABEL).nonzero().squeeze(1)
                predicted, labels = logits[trained].float(), labels[trained]
                loss = torch.nn.functional.cross_entropy(
                    predicted, labels, reduction="sum"
                )
                correct = int((predicted.argmax(dim=-1) == labels).sum())
                counts[index] = TokenCounts(float(loss), len(labels), correct)
    return [counts[index] for index in range(len(examples))]


def _summed_by_row(
    counts: Sequence[TokenCounts], row_numbers: Sequence[int], rows: int
) -> list[TokenCounts]:
    """The counts of each row; `row_numbers` say to which row each of the counts belongs."""
    sums = [TokenCounts(0.0, 0, 0) for _ in range(rows)]
    for row, piece in zip(row_numbers, counts, strict=True):
        so_far = sums[row]
        sums[row] = TokenCounts(
            so_far.loss + piece.loss,
            so_far.tokens + piece.tokens,
            so_far.correct + piece.correct,
        )
    return sums


def _stop_after_turns(
    config: GenerationConfig, end_of_turn_id: int | None, end_of_text_id: int | None
) -> None:
    """Generation stops at the token that the template ends an answer with, as the model is trained."""
    end_tokens = (
        config.eos_token_id
        if isinstance(config.eos_token_id, list)
        else [config.eos_token_id]
    )
    tokens = [
        token
        for token in (*end_tokens, end_of_text_id, end_of_turn_id)
        if token is not None
    ]
    stops = list(dict.fromkeys(tokens))
    if len(stops) > 1:
        config.eos_token_id = stops
    else:
        config.eos_token_id = stops[0] if stops else None
