"""Scripts of transformers 4 in images of transformers 4, on a machine that has a later release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

import localcloud
from localcloud.sagemaker.common.images import Image

COMPAT_SCRIPT = (
    Path(localcloud.__file__).parents[1]
    / "training/user_script/transformers4_compat.py"
)
_OLD_RELEASE = "transformers4."
_TORCHRUN = "torch.distributed.run"


def with_former_names(
    image_uri: str, image: Image, command: Sequence[str]
) -> list[str]:
    """The command of the toolkit, led through the script that takes the arguments of transformers 4 as today's.

    Only where the tag of the image promises transformers 4 and the image is a view of what is installed here: an
    image that runs its own launcher has the release of its tag.
    """
    tag = image_uri.rpartition(":")[2]
    has_old_release = _OLD_RELEASE in tag and not image.is_container
    if not has_old_release or image.command:
        return list(command)
    script = _script_index(command)
    if script is None:
        return list(command)
    return [*command[:script], str(COMPAT_SCRIPT), *command[script:]]


def _script_index(command: Sequence[str]) -> int | None:
    """Where the Python script stands in the toolkit's command; None where a shell runs another."""
    if _TORCHRUN in command:
        # -m torch.distributed.run --nnodes N --nproc_per_node P
        return command.index(_TORCHRUN) + 5
    is_python = len(command) > 1 and PurePath(command[1]).suffix == ".py"
    return 1 if is_python else None
