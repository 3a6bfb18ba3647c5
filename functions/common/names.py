"""Every name Traindrop gives to something on AWS is made here."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LIMIT = 63
"""SageMaker's limit for jobs, models, endpoints and configs: `[a-zA-Z0-9-]`, no hyphen at either end."""
STACK_LIMIT = 32
MODEL_PART = 24
"""How much of a run's id is its model's name."""
_DIGEST = 8


class StackNameError(ValueError):
    """The stack's name cannot begin the names of what it makes."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _plain(text: str) -> str:
    """`text` in lower-case ASCII letters, digits and single hyphens; empty where nothing of it is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def slug(text: str, limit: int = LIMIT) -> str:
    """`text` in lower-case ASCII letters, digits and single hyphens; a digest is added where that loses anything."""
    plain = _plain(text)
    if plain == text and len(plain) <= limit:
        return plain
    return f"{plain[: limit - _DIGEST - 1].strip('-')}-{_digest(text)}".lstrip("-")


def stack_prefix(stack: str) -> str:
    """What the names of all that a stack makes begin with, and those of no other stack.

    Two hyphens, which no stack's name has: `td` and its model `two-x` must not meet `td-two` and its model `x`.
    """
    return f"{stack}--"


def resource_name(stack: str, name: str) -> str:
    """`<stack>--<slug of name>-<digest of both>`, at most 63 characters.

    The stack's roles reach only what begins with its prefix. The digest is always there, so that no name can be chosen
    to look like what another one is turned into.
    """
    _require_stack_name(stack)
    return _with_digest(stack_prefix(stack), name, f"{stack}\0{name}")


def _require_stack_name(stack: str) -> None:
    if len(stack) > STACK_LIMIT or slug(stack) != stack:
        raise StackNameError(
            f"expected a stack name of at most {STACK_LIMIT} lower-case letters, digits and single hyphens; "
            f"found {stack!r}. Deploy under another name."
        )


def _with_digest(prefix: str, name: str, unique: str) -> str:
    """The prefix, as much of the name as there is room for, and a digest of the unique text."""
    ending = _digest(unique)
    readable = _plain(name)[: LIMIT - len(prefix) - len(ending) - 1].strip("-")
    return f"{prefix}{readable}-{ending}" if readable else prefix + ending


def candidate_prefix(stack: str) -> str:
    """What the names of all candidate endpoints of a stack begin with; those of some models do as well."""
    return f"{stack_prefix(stack)}candidate-"


def candidate_name(stack: str, run: str) -> str:
    """The endpoint of its own on which a run is verified: `<stack>--candidate-<slug of run>-<digest>`.

    A model may be called like a run, or `candidate-…`, but no name of one has the NUL that goes into the digest.
    """
    _require_stack_name(stack)
    return _with_digest(candidate_prefix(stack), run, f"{stack}\0{run}\0candidate")


def run_prefix(stack: str, model: str) -> str:
    """What `resource_name(stack, run)` of every run of `model` begins with; other models' may begin with it too."""
    prefix = stack_prefix(stack)
    room = LIMIT - len(prefix)
    return prefix + slug(model, MODEL_PART)[: room - _DIGEST - 1].rstrip("-")


def run_name(model: str, fingerprint: str, attempt: int) -> str:
    """The id of the `attempt`-th run (from 1) over one fingerprint of a model's drop; at most 40 characters."""
    base = f"{slug(model, MODEL_PART)}-{fingerprint[:10]}"
    return base if attempt == 1 else f"{base}-{attempt}"


def batch_name(stack: str, batch: str, number: int = 0) -> str:
    """The SageMaker model of a batch, or its transform job of a number from 1: `<stack>--batch-<slug>-<digest>`."""
    _require_stack_name(stack)
    name = f"{batch}-{number}" if number else batch
    return _with_digest(f"{stack_prefix(stack)}batch-", name, f"{stack}\0{name}\0batch")


def job_name(stack: str, run: str, number: int) -> str:
    """The name of a run's `number`-th job, from 1. `-2` alone would be the name of the run's second attempt."""
    return resource_name(stack, run if number == 1 else f"{run}-t{number}")


def retry_name(run: str, number: int) -> str:
    """The execution of a run's `number`-th try, from 2; at most 80 characters."""
    return f"{run}-try-{number}"
