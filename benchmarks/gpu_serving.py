"""Serving on a GPU: our service on a packed model beside transformers' pipeline, and whether they answer alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.gpu_cases import Case, Options
from benchmarks.gpu_training import Figures, peak_memory, reset_memory
from benchmarks.serving_model import Answer, agreement
from benchmarks.serving_texts import texts
from benchmarks.training_peers import Clock
from contracts.verification import TOLERANCE

BATCHES = (1, 32)
REQUESTS = {"classification": {1: 64, 32: 1024}, "generation": {1: 2, 32: 64}}
TINY_REQUESTS = {1: 2, 32: 32}
NEW_TOKENS = 32
AGREEMENT_ROWS = 16
BF16_GAP, FLOAT32_GAP = 0.25, 1e-3
"""Of logits, whose standard deviation is about 0.5 in a model with random weights, and larger in a trained one."""
SUBJECTS = ("ours", "pipeline", "pipeline-bf16")
ROWS = tuple(f"{subject}, batch {batch}" for subject in SUBJECTS for batch in BATCHES)
AGREEMENT_ROW = "ours as in float32"
PROMPT_WORDS = 16


class DisagreementError(AssertionError):
    """Our answers are not those of transformers."""


@dataclass(frozen=True)
class Subject:
    """Something that answers texts; `weights_mb` is what it took to load."""

    name: str
    answer: Callable[[Sequence[str]], list[Any]]
    weights_mb: float


def run(
    case: Case, options: Options, ends_before: Callable[[float], bool]
) -> Iterator[tuple[str, Figures | str]]:
    """The agreement first, then rounds of all servers, interleaved."""
    model = case.folder(options) / "served"
    if not model.is_dir():
        for row in (*ROWS, AGREEMENT_ROW):
            yield row, "no model was packed"
        return
    subjects = [_load("ours", lambda: _ours(model, case))]
    subjects.append(
        _load("pipeline", lambda: _pipeline(model, case, options, "float32"))
    )
    if _has_bfloat16(options.device):
        subjects.append(
            _load("pipeline-bf16", lambda: _pipeline(model, case, options, "bfloat16"))
        )
    else:
        for batch in BATCHES:
            yield f"pipeline-bf16, batch {batch}", "bfloat16 is for GPUs from Ampere on"
    yield AGREEMENT_ROW, _agreement(case, options, model, subjects[1])
    longest = 0.0
    for round_number in range(options.rounds):
        for batch in BATCHES:
            for subject in subjects:
                if not ends_before(longest):
                    return
                if round_number == 0:
                    subject.answer(_inputs(case, options, batch)[:batch])
                seconds, figures = _measure(case, options, subject, batch)
                longest = max(longest, seconds)
                yield f"{subject.name}, batch {batch}", figures


def _load(
    name: str, load: Callable[[], Callable[[Sequence[str]], list[Any]]]
) -> Subject:
    before = _allocated_mb()
    answer = load()
    return Subject(name, answer, _allocated_mb() - before)


def _allocated_mb() -> float:
    import torch  # noqa: PLC0415

    return torch.cuda.memory_allocated() / 2**20 if torch.cuda.is_available() else 0.0


def _has_bfloat16(device: str) -> bool:
    import torch  # noqa: PLC0415

    from inference.predictors.models import AMPERE  # noqa: PLC0415

    return device == "cuda" and torch.cuda.get_device_capability()[0] >= AMPERE


def _parameters(case: Case) -> dict[str, Any]:
    if case.name != "generation":
        return {}
    return {"max_new_tokens": NEW_TOKENS, "return_full_text": False}


def _ours(model: Path, case: Case) -> Callable[[Sequence[str]], list[Any]]:
    """The service, with a request for each text, as our server passes those that wait to it."""
    from inference import archive  # noqa: PLC0415
    from inference.model.environment import TORCH, Environment  # noqa: PLC0415
    from inference.service import Call  # noqa: PLC0415

    environment = Environment(task=case.spec["task"], backend=TORCH)
    service = archive.load(model, environment)

    def answer(inputs: Sequence[str]) -> list[Any]:
        calls = []
        for text in inputs:
            body = {"inputs": text, "parameters": _parameters(case)}
            calls.append(Call(json.dumps(body).encode()))
        return [_parsed(reply) for reply in service.respond_many(calls)]

    return answer


def _parsed(reply: Any) -> Any:
    if reply.status != 200:
        raise DisagreementError(
            f"expected status 200; found {reply.status}: {reply.body[:200]!r}"
        )
    return json.loads(reply.body)[0]


def _pipeline(
    model: Path, case: Case, options: Options, dtype: str
) -> Callable[[Sequence[str]], list[Any]]:
    from transformers import pipeline  # noqa: PLC0415

    answer_all = pipeline(
        case.spec["task"], str(model), device=options.device, dtype=dtype
    )
    answer_all.tokenizer.padding_side = "left" if case.name == "generation" else "right"

    def answer(inputs: Sequence[str]) -> list[Any]:
        answers = answer_all(list(inputs), batch_size=len(inputs), **_parameters(case))
        return [answer[0] if isinstance(answer, list) else answer for answer in answers]

    return answer


def _inputs(case: Case, options: Options, batch: int) -> list[str]:
    """Of log-normal lengths; of a language model the beginnings of them."""
    count = TINY_REQUESTS[batch] if options.tiny else REQUESTS[case.name][batch]
    inputs = (
        texts(count)
        if _has_reviews()
        else [f"the film number {n}" for n in range(count)]
    )
    if case.name == "generation":
        return [" ".join(text.split()[:PROMPT_WORDS]) for text in inputs]
    return inputs


def _has_reviews() -> bool:
    from localcloud.packaged_data import MissingDataError, package_csv  # noqa: PLC0415

    try:
        return package_csv().is_file()
    except MissingDataError:
        return False


def _measure(
    case: Case, options: Options, subject: Subject, batch: int
) -> tuple[float, Figures]:
    """Seconds, and the figures."""
    inputs = _inputs(case, options, batch)
    reset_memory()
    before = _allocated_mb()
    clock = Clock()
    with clock.running():
        for start in range(0, len(inputs), batch):
            subject.answer(inputs[start : start + batch])
    rate = len(inputs) / clock.seconds
    figures = {"rows_per_second": rate}
    if case.name == "generation":
        figures["tokens_per_second"] = rate * NEW_TOKENS
    memory = peak_memory()
    if memory:
        # Of this one alone: all are loaded, and share what is reserved.
        figures["allocated_mb"] = memory["allocated_mb"] - before + subject.weights_mb
    return clock.seconds, figures


def _agreement(case: Case, options: Options, model: Path, pipeline: Subject) -> Figures:
    """Compares with float32. Raises `DisagreementError`."""
    inputs = _inputs(case, options, 32)[:AGREEMENT_ROWS]
    if case.name == "generation":
        return _chosen_tokens(case, options, model, inputs)
    ours = _ours(model, case)(inputs)
    theirs = [pipeline.answer([text])[0] for text in inputs]
    pairs = [
        (Answer(**one), Answer(**other))
        for one, other in zip(ours, theirs, strict=True)
    ]
    compared = agreement(pairs)
    require_below(compared.largest, TOLERANCE, "scores that differ from the pipeline's")
    return {
        "equal_share": compared.equal_labels / compared.answers,
        "largest_difference": compared.largest,
    }


def require_below(value: float, most: float, what: str) -> None:
    """Raises `DisagreementError`, also for NaN."""
    if not value <= most:
        raise DisagreementError(f"expected {what} by at most {most}; found {value:.4f}")


class ChosenTokens:
    """A logits processor that changes nothing and notes the prompts of one batch and the likeliest tokens."""

    def __init__(self) -> None:
        self.prompts: list[list[int]] = []
        self.steps: list[list[int]] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """`input_ids` are of shape (rows, tokens), padded on the left, `scores` of shape (rows, vocabulary)."""
        if not self.steps:
            self.prompts = input_ids.tolist()
        self.steps.append(scores.argmax(dim=-1).tolist())
        return scores

    def rows(self, filler: int) -> Iterator[tuple[list[int], list[int]]]:
        """Of each row the prompt without padding, and the tokens that follow it."""
        for number, prompt in enumerate(self.prompts):
            own = [token for token in prompt if token != filler]
            yield own, [step[number] for step in self.steps]


def largest_gap(model: Any, prompt: Sequence[int], tokens: Sequence[int]) -> float:
    """By how much the model's best logit exceeds that of a token; 0 where each token is its own choice."""
    import torch  # noqa: PLC0415

    with torch.inference_mode():
        ids = torch.tensor([[*prompt, *tokens]], device=model.device)
        logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()
    chosen = logits[range(len(tokens)), list(tokens)]
    return float((logits.max(dim=-1).values - chosen).max())


def _chosen_tokens(
    case: Case, options: Options, model: Path, prompts: Sequence[str]
) -> Figures:
    """Every token that the predictor writes, in one padded batch, is the choice of the float32 model, or nearly so.

    Texts themselves are no measure: where two tokens are as likely, rounding decides.
    """
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    from inference.predictors import loader_of  # noqa: PLC0415

    predictor: Any = loader_of(case.spec["task"])(model)
    noted = ChosenTokens()
    items = predictor.parse(list(prompts), _parameters(case)).items
    options_of_all = (*items[0].options, ("logits_processor", [noted]))
    predictor.predict([replace(item, options=options_of_all) for item in items])
    reference = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    reference.to(options.device).eval()
    gaps = []
    for prompt, tokens in noted.rows(predictor.tokenizer.pad_token_id):
        gaps.append(largest_gap(reference, prompt, tokens))
    most = BF16_GAP if predictor.model.dtype == torch.bfloat16 else FLOAT32_GAP
    require_below(
        max(gaps), most, "logits of written tokens below the float32 model's best"
    )
    return {"texts": float(len(gaps)), "largest_gap": max(gaps)}
