"""Whether a training has collapsed: whether its loss is no better than that of one answer given to every row.

At a high learning rate an unlucky order of the rows can wreck a pretrained model: it then gives the most frequent
answer to everything, and does not recover. The loss of each step is compared with what the best constant answer has on
the same batch: the difference, the gain, does not depend on which labels a batch holds. Gains are summed up over
windows of a tenth of the steps. A training has collapsed

- where a window gained clearly and the last two no longer gain;
- where the loss is clearly above the constant answer's and rises;
- where no window has gained by the middle of the training, or by its end, though the rate is a high one: at a low one
  a training is slow, and a lower one would be slower.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import (
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from training.common.errors import CollapsedError
from training.fine_tuning.progress import remember

if TYPE_CHECKING:
    from training.common.types import Array, FloatArray, Model, Tensor

WINDOWS = 10
"""Of a training, of as many steps each."""
MIN_WINDOW_STEPS = 5
"""In shorter ones chance decides."""
MIN_STEPS = WINDOWS * MIN_WINDOW_STEPS
"""A shorter training is not watched."""
CLEAR_ERRORS, EVEN_ERRORS = 3.0, 2.0
"""Standard errors above zero of a clear gain; and up to how many a gain may be none."""
KEPT_SHARE = 0.25
"""Of its best gain; a training that keeps more has not lost what it learnt."""
MIN_GAIN = 1e-3
HIGH_RATE_TIMES_WIDTH = 0.04
"""A learning rate is high above this divided by the units of a layer: 1e-4 for 384, 4e-5 for 1,024."""
COMMON_WIDTH = 768


@dataclass(frozen=True)
class Window:
    """The mean gain over some steps, and its standard error."""

    gain: float
    error: float

    @classmethod
    def of(cls, total: float, squares: float, steps: int) -> Window:
        mean = total / steps
        if steps < MIN_WINDOW_STEPS:
            return cls(mean, math.inf)
        variance = max(0.0, squares / steps - mean**2)
        return cls(mean, math.sqrt(variance / (steps - 1)))

    @property
    def is_clear(self) -> bool:
        return self.gain > max(MIN_GAIN, CLEAR_ERRORS * self.error)

    @property
    def is_none(self) -> bool:
        return self.gain <= max(MIN_GAIN, EVEN_ERRORS * self.error)


def is_high(learning_rate: float, model: Model) -> bool:
    """Whether a model of this width can collapse at this rate. Wider ones do at lower rates."""
    width = getattr(model.config, "hidden_size", None) or COMMON_WIDTH
    return learning_rate * width > HIGH_RATE_TIMES_WIDTH


def why_collapsed(windows: Sequence[Window], *, high_rate: bool) -> str | None:
    """A clause on how a training of `WINDOWS` windows has collapsed by the last of these; None where it has not."""
    *earlier, last = windows
    if not earlier or not last.is_none:
        return None
    previous, clear = (
        earlier[-1],
        [window.gain for window in windows if window.is_clear],
    )
    if clear:
        kept = KEPT_SHARE * max(clear)
        lost = previous.is_none and max(previous.gain, last.gain) <= kept
        return "lost what it had learnt" if lost else None
    worse = last.gain < -CLEAR_ERRORS * last.error
    if len(windows) > 2 and worse and last.gain < previous.gain - last.error:
        return "became worse than one answer for every row"
    late = high_rate and len(windows) in (WINDOWS // 2, WINDOWS)
    still = last.gain - previous.gain <= EVEN_ERRORS * math.hypot(
        last.error, previous.error
    )
    learnt_nothing = late and (still or len(windows) == WINDOWS)
    return "learnt no more than one answer for every row" if learnt_nothing else None


class ConstantAnswer:
    """The answer that is best for all rows alike: the shares of the labels, or the mean of the numbers."""

    def __init__(self, labels: Array, weights: FloatArray | None = None) -> None:
        """Of all examples: class numbers of shape (values,), -100 where none counts; or floats of shape (examples,) or
        (examples, labels).

        `weights` are those of the classes in the loss, of shape (classes,); None where all weigh 1.
        """
        self._are_classes = labels.dtype.kind in "iu"
        values = labels if self._are_classes else labels.reshape(len(labels), -1)
        self._are_flags = values.ndim == 2 and values.shape[1] > 1
        if self._are_classes:
            weights = np.ones(int(values.max()) + 1) if weights is None else weights
            self._weights = torch.tensor(weights, dtype=torch.float32)
            counts = (
                weights * np.bincount(values[values >= 0], minlength=len(weights))
                + 1e-9
            )
            answer = np.log(counts / counts.sum())
        else:
            answer = values.mean(axis=0)
        self._answer = torch.tensor(answer, dtype=torch.float32)

    def loss(self, labels: Tensor) -> Tensor:
        """Of a batch's labels: cross entropy of classes, binary cross entropy of flags, squared error of numbers."""
        self._answer = self._answer.to(labels.device)
        if self._are_classes:
            self._weights = self._weights.to(labels.device)
            counted = labels[labels >= 0].clamp(max=len(self._answer) - 1)
            return -(self._weights[counted] * self._answer[counted]).mean()
        targets = labels.float()
        if self._are_flags:
            shares = self._answer.clamp(1e-6, 1 - 1e-6).expand_as(targets)
            return torch.nn.functional.binary_cross_entropy(shares, targets)
        return ((targets.reshape(-1, 1) - self._answer) ** 2).mean()


class Gains:
    """What the loss of each step is below the constant answer's, summed on the device so that no step waits for it."""

    def __init__(self, constant: ConstantAnswer) -> None:
        self._constant = constant
        self._batches: list[Tensor] = []
        self._sums: Tensor | None = None

    def add(self, loss: Tensor, labels: Tensor) -> None:
        """Of a batch, several of which may make a step."""
        self._batches.append(self._constant.loss(labels) - loss.detach().float())

    def end_step(self) -> None:
        gain = torch.stack(self._batches).mean()
        sums = torch.stack((gain, gain**2, torch.ones_like(gain)))
        self._sums = sums if self._sums is None else self._sums + sums
        self._batches = []

    def take(self, world_size: int) -> Window:
        """Of the steps since the last call, of all processes of the job."""
        assert self._sums is not None
        if world_size > 1:
            torch.distributed.all_reduce(self._sums)
        total, squares, steps = self._sums.tolist()
        self._sums = None
        return Window.of(total, squares, round(steps))


class CollapseWatch(TrainerCallback):  # type: ignore[misc]
    """Ends a training that has collapsed. The windows are kept in the trainer's log, which checkpoints hand on."""

    def __init__(self, gains: Gains, *, high_rate: bool) -> None:
        self._gains = gains
        self._high_rate = high_rate

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        """Raises `CollapsedError`."""
        self._gains.end_step()
        if state.max_steps < MIN_STEPS:
            return
        window = state.global_step * WINDOWS // state.max_steps
        if window == (state.global_step - 1) * WINDOWS // state.max_steps:
            return
        measured = self._gains.take(args.world_size)
        entry = {
            "step": state.global_step,
            "gain": measured.gain,
            "gain_error": measured.error,
        }
        remember(state.log_history, entry)
        windows = [
            Window(entry["gain"], entry["gain_error"])
            for entry in state.log_history
            if "gain" in entry
        ]
        reason = why_collapsed(windows, high_rate=self._high_rate)
        if reason:
            raise CollapsedError(reason, state.global_step)
