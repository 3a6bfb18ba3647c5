"""Where checkpoints lie: a few folders that are overwritten in turn.

SageMaker copies the checkpoint folder to S3 while a job runs, and removes nothing there. With a folder for each step S3
would fill up, and the next machine would have to download it all. `Trainer` names folders by step: here each of its
names is a link to one of the few.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import TrainingArguments

from training.fine_tuning.manifest import (
    CHECKPOINT_PREFIX,
    clear,
    complete_newest_first,
)

FOLDER_NAMES = tuple(CHECKPOINT_PREFIX + letter for letter in "abc")
"""The newest and the one that is being written; the third where the best is neither."""


class CheckpointFolders:
    """The folders in `directory`, by step. `links` is a directory of this process for `Trainer`'s `output_dir`."""

    def __init__(self, directory: Path, links: Path) -> None:
        self.directory = directory
        self._links = links

    def at_step(self, step: int) -> Path:
        """The folder that was opened for a step."""
        return self._link(step).resolve()

    def open(self, step: int, args: TrainingArguments) -> None:
        """Makes room for the checkpoint of a step, in the same folder in every process of the job."""
        number = 0
        if args.process_index == 0:
            number = next_folder(self.directory)
            clear(self.directory / FOLDER_NAMES[number])
        if args.world_size > 1:
            number = _of_first_process(number, args)
        folder = self.directory / FOLDER_NAMES[number]
        folder.mkdir(parents=True, exist_ok=True)
        self._unlink(folder)
        self._link(step).symlink_to(folder.absolute(), target_is_directory=True)

    def _link(self, step: int) -> Path:
        return self._links / f"{CHECKPOINT_PREFIX}{step}"

    def _unlink(self, folder: Path) -> None:
        """Removes the link of the step that was in a folder before."""
        for link in self._links.iterdir():
            if link.is_symlink() and link.resolve() == folder.resolve():
                link.unlink()


def next_folder(directory: Path) -> int:
    """The number of a folder that holds neither the newest complete checkpoint nor the best of it."""
    checkpoints = complete_newest_first(directory)
    needed = {checkpoints[0].path, checkpoints[0].best} if checkpoints else set()
    return next(
        number
        for number, name in enumerate(FOLDER_NAMES)
        if directory / name not in needed
    )


def _of_first_process(number: int, args: TrainingArguments) -> int:
    shared = torch.tensor([number], dtype=torch.int32, device=args.device)
    torch.distributed.broadcast(shared, src=0)
    return int(shared.item())
