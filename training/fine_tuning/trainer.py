"""The Hugging Face `Trainer`, set up to waste nothing, and training that resumes its last checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

import torch
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerState,
    TrainingArguments,
)

from tasks.hyperparameters import Hyperparameters
from training.common.errors import Interrupted
from training.common.log import say
from training.common.types import Batch, Collator, FloatArray, Metrics
from training.fine_tuning.batching import EncodedRows, LengthGroupedSampler
from training.fine_tuning.checkpoint_folders import CheckpointFolders
from training.fine_tuning.checkpoints import Checkpoints, StopSignal
from training.fine_tuning.class_weights import POWERS, WeightedLoss, class_weights
from training.fine_tuning.collapse import CollapseWatch, ConstantAnswer, Gains, is_high
from training.fine_tuning.manifest import (
    Checkpoint,
    keep_only,
    last_usable,
    remove_incomplete,
    remove_unlisted,
)
from training.fine_tuning.progress import Losses, Progress
from training.fine_tuning.training_arguments import rows_per_step

if TYPE_CHECKING:
    from training.common.types import Model, Tensor


class Objective(Protocol):
    """What is trained for; each task's `TaskTrainer` is one."""

    can_collapse: ClassVar[bool]
    weighs_classes: ClassVar[bool]

    def loss(self, model: Model, batch: Batch) -> Tensor | None: ...
    def logit_metrics(self, logits: FloatArray, references: FloatArray) -> Metrics: ...


class LengthGroupedTrainer(Trainer):  # type: ignore[misc]
    """`Trainer` with our order of rows, the task's loss, and its losses at hand."""

    losses: Losses
    gains: Gains | None = None
    """Where the training is watched for a collapse."""
    objective: Objective
    folders: CheckpointFolders

    def compute_loss(
        self, model: Model, inputs: Batch, return_outputs: bool = False, **more: object
    ) -> Tensor | tuple[Tensor, Mapping[str, Tensor]]:
        loss = self.objective.loss(model, inputs)
        if loss is None:
            labels = inputs.get("labels")
            computed: Tensor | tuple[Tensor, Mapping[str, Tensor]] = (
                super().compute_loss(
                    model, inputs, return_outputs=return_outputs, **more
                )
            )
            if self.gains is not None and model.training and labels is not None:
                assert not isinstance(computed, tuple)
                self.gains.add(self._of_one_batch(computed, more), labels)
            return computed
        if (
            self.model_accepts_loss_kwargs
            and more.get("num_items_in_batch") is not None
        ):
            # `Trainer` leaves this to models that take the number of labels in a step; the objective does not.
            loss = loss / self.current_gradient_accumulation_steps
        return (loss, {}) if return_outputs else loss

    def _of_one_batch(self, loss: Tensor, more: Mapping[str, object]) -> Tensor:
        """A model that takes the number of labels in a step has divided by those of all its batches."""
        divides = self.model_accepts_loss_kwargs or self.compute_loss_func is not None
        if divides and more.get("num_items_in_batch") is not None:
            steps: int = self.current_gradient_accumulation_steps
            return loss * steps
        return loss

    def _get_train_sampler(
        self, train_dataset: EncodedRows | None = None
    ) -> LengthGroupedSampler:
        dataset: EncodedRows = (
            self.train_dataset if train_dataset is None else train_dataset
        )
        # By whole steps: the order of the rows is then the same however many batches make a step.
        return LengthGroupedSampler(
            dataset.lengths, rows_per_step(self.args), self.args.seed
        )

    def training_step(self, *arguments: object, **named: object) -> Tensor:
        loss: Tensor = super().training_step(*arguments, **named)
        self.losses.add(loss)
        return loss

    def _save_checkpoint(self, *arguments: object, **named: object) -> None:
        self.folders.open(self.state.global_step, self.args)
        super()._save_checkpoint(*arguments, **named)


def build_trainer(
    model: Model,
    settings: TrainingArguments,
    collator: Collator,
    objective: Objective,
    *,
    train: EncodedRows,
    validation: EncodedRows | None,
    may_collapse: bool = False,
    class_weighting: str = "none",
) -> LengthGroupedTrainer:
    """A trainer of the model; without `validation` it evaluates nothing.

    With `may_collapse`, its training raises `CollapsedError` where the task's can be seen to collapse.
    `class_weighting` is one of `class_weights.POWERS`, without effect in tasks other than those with one class a row.
    """
    weights = None
    power = POWERS[class_weighting]
    if power and objective.weighs_classes and not settings.label_smoothing_factor:
        weights = class_weights(train.labels, model.config.num_labels, power)
    trainer = LengthGroupedTrainer(
        model=model,
        args=settings,
        data_collator=collator,
        train_dataset=train,
        eval_dataset=validation.longest_first()[0] if validation else None,
        compute_metrics=lambda outcome: dict(
            objective.logit_metrics(outcome.predictions, outcome.label_ids)
        ),
        preprocess_logits_for_metrics=_first_output,
        compute_loss_func=None if weights is None else WeightedLoss(weights),
    )
    trainer.objective = objective
    # The validation loss is the objective's, also of models without a loss of their own.
    trainer.can_return_loss = True
    trainer.losses = Losses()
    trainer.remove_callback(PrinterCallback)
    if may_collapse and objective.can_collapse and not settings.label_smoothing_factor:
        trainer.gains = Gains(ConstantAnswer(train.labels, weights))
    return trainer


def _first_output(outputs: Tensor | tuple[Tensor, ...], _labels: object) -> Tensor:
    """The logits: an encoder-decoder outputs the states of its encoder, and more, beside them."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def train(
    trainer: LengthGroupedTrainer,
    arguments: Hyperparameters,
    folders: CheckpointFolders,
    fingerprint: Mapping[str, str],
    stop: StopSignal,
) -> float:
    """Trains to the end, from the last usable checkpoint in the folders if there is one.

    Returns the seconds it took, those before an interruption included. Raises `Interrupted` after SIGTERM.
    """
    settings = trainer.args
    trainer.folders = folders
    resumed = _checkpoint_to_resume(folders.directory, fingerprint, settings)
    checkpoints = Checkpoints(
        folders,
        arguments.checkpoint_seconds,
        stop,
        fingerprint=fingerprint,
        resumed=resumed,
    )
    trainer.add_callback(Progress(trainer.losses, rows_per_step(settings)))
    if trainer.gains is not None:
        high_rate = is_high(settings.learning_rate, trainer.model)
        trainer.add_callback(CollapseWatch(trainer.gains, high_rate=high_rate))
    trainer.add_callback(checkpoints)
    if settings.load_best_model_at_end:
        trainer.add_callback(EarlyStoppingCallback(arguments.early_stopping_patience))
    if resumed and resumed.manifest.ended:
        _restore(trainer, resumed)
        stop.training_ended()
        return resumed.manifest.seconds
    try:
        trainer.train(resume_from_checkpoint=str(resumed.path) if resumed else None)
    except Exception:
        remove_incomplete(folders.directory)
        raise
    if stop.received and trainer.state.global_step < trainer.state.max_steps:
        raise Interrupted
    trainer.losses.take()
    return checkpoints.seconds


def _checkpoint_to_resume(
    directory: Path, fingerprint: Mapping[str, str], settings: TrainingArguments
) -> Checkpoint | None:
    """The checkpoint to start with. All but it and the best are removed, so that none is taken for a new one."""
    checkpoint = last_usable(directory, fingerprint)
    if settings.world_size > 1:
        torch.distributed.barrier()
    if settings.should_save:
        keep_only(directory, [checkpoint.path, checkpoint.best] if checkpoint else [])
        if checkpoint:
            remove_unlisted(checkpoint)
    if checkpoint:
        say(f"Going on from the checkpoint at step {checkpoint.manifest.step:,}")
        # It was done before the first step, and another one would count as one without a gain.
        settings.eval_on_start = False
    return checkpoint


def _restore(trainer: LengthGroupedTrainer, checkpoint: Checkpoint) -> None:
    """What a training that had ended came to: `Trainer` would take another step."""
    trainer.state = TrainerState.load_from_json(
        str(checkpoint.path / "trainer_state.json")
    )
    trainer._load_from_checkpoint(str(checkpoint.best))
