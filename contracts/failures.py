"""Why trainings fail, recognised by their text. The training job writes a failure and Explain reads it back.

A failure is written as `<cause> What to do: <remedy>` in the job's `output/failure`, which AWS shows as FailureReason,
in the run record and in the notification.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

REMEDY_MARK = " What to do: "
JOB_FAILED = "The job failed: "
"""How the last line that a failed job prints begins."""
MAX_CHARACTERS = 980
"""Of a written failure: AWS allows 1,024 and puts `AlgorithmError: ` and `, exit code: 1` around it."""
MAX_DETAIL_CHARACTERS = 400
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')
_TRACEBACK = "Traceback (most recent call last)"
_LAST_SENTENCE = re.compile(r"(.*[.!?)\]]) ([A-Z].*)")


@dataclass(frozen=True)
class CauseAndRemedy:
    """Why something failed and what to do about it, both sentences."""

    cause: str
    remedy: str

    @classmethod
    def parse(cls, text: str) -> CauseAndRemedy | None:
        """Reads back what `str` wrote; None for any other text."""
        cause, mark, remedy = text.strip().rpartition(REMEDY_MARK)
        return cls(cause, remedy) if mark else None

    @classmethod
    def from_sentences(cls, text: str) -> CauseAndRemedy:
        """From a message that `str` wrote, or whose last sentence is the remedy, as in Traindrop's own errors."""
        text = " ".join(text.split())
        if written := cls.parse(text):
            return written
        match = _LAST_SENTENCE.fullmatch(text)
        return cls(*match.groups()) if match else cls(text, READ_THE_LOG)

    def __str__(self) -> str:
        """At most `MAX_CHARACTERS`; where that is too few, the end of the cause is cut."""
        room = max(0, MAX_CHARACTERS - len(REMEDY_MARK) - len(self.remedy))
        cause = (
            self.cause
            if len(self.cause) <= room
            else f"{self.cause[: max(0, room - 1)]}…"
        )
        return f"{cause}{REMEDY_MARK}{self.remedy}"[:MAX_CHARACTERS]


@dataclass(frozen=True)
class KnownFailure:
    """A failure that `pattern` recognises in a text; `symptom` is what a person sees of it."""

    symptom: str
    pattern: re.Pattern[str]
    cause: str
    remedy: str

    def explain(self, detail: str) -> CauseAndRemedy:
        """The cause with `detail`, cut, in parentheses."""
        detail = " ".join(detail.split())[:MAX_DETAIL_CHARACTERS].rstrip(" :")
        return CauseAndRemedy(
            f"{self.cause} ({detail})" if detail else self.cause, self.remedy
        )

    def matching_line(self, text: str) -> str | None:
        """The line or lines of the text that the pattern matches."""
        match = self.pattern.search(text)
        if match is None:
            return None
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        return text[start : end if end >= 0 else None].strip()


def known_failure(symptom: str, pattern: str, cause: str, remedy: str) -> KnownFailure:
    """`pattern` is a regular expression without regard to case."""
    return KnownFailure(symptom, re.compile(pattern, re.IGNORECASE), cause, remedy)


def recognise(
    text: str, table: Iterable[KnownFailure] | None = None
) -> CauseAndRemedy | None:
    """The first failure of the table, by default `KNOWN_FAILURES`, that the text shows."""
    for failure in KNOWN_FAILURES if table is None else table:
        line = failure.matching_line(text)
        if line is not None:
            return failure.explain(line)
    return None


def traceback_location(lines: Sequence[str], is_own: Callable[[str], bool]) -> str:
    """`train.py, line 3`: the innermost frame of the last traceback in the user's own files; empty without one."""
    for line in reversed(lines):
        frame = _FRAME.search(line)
        if frame and is_own(frame.group(1)):
            return f"{frame.group(1).rpartition('/')[2]}, line {frame.group(2)}"
        if _TRACEBACK in line:
            break
    return ""


DROP_AGAIN = "Drop the data again."
RETRY = "Retry the run (POST /runs/<run>/retry): it goes on from what it has done."
"""Where what made the run fail lies outside of its drop."""
RETRY_OR_DROP = (
    f"{RETRY} After a change of traindrop.yaml, drop the data again instead."
)
READ_THE_LOG = "Read the log lines; correct the data, traindrop.yaml or the training script, and drop the data again."
MEMORY = known_failure(
    "`CUDA out of memory`, `MemoryError`, `DefaultCPUAllocator`, exit code 137 or a killed process",
    r"out of memory|OutOfMemory(Error)?:|MemoryError|can't allocate memory|Cannot allocate memory|bad_alloc"
    r"|_STATUS_ALLOC_FAILED|killed by signal: Killed|exit ?code:? (137|-9)\b|SIGKILL",
    "Memory ran out.",
    "Halve train_batch_size or max_length in traindrop.yaml, name an instance type with more memory, or give the "
    "endpoint more; then drop the data again.",
)
DISK = known_failure(
    "`No space left on device`, `Disk quota exceeded`, a file that cannot be written to its end",
    r"No space left on device|Disk quota exceeded|File too large|PytorchStreamWriter failed writing"
    r"|inline_container\.cc.*unexpected pos",
    "The disk of the instance is full.",
    "Name a larger type under compute.instance_types in traindrop.yaml (types with a disk of their own, such as "
    "ml.g5 and ml.g4dn, ignore volume_gb; on others set a larger volume_gb), or take a smaller base model; then drop "
    "the data again.",
)
HUB_GATED = known_failure(
    "`You are trying to access a gated repo`, `GatedRepoError`",
    r"gated repo|GatedRepoError|Access to model \S+ is restricted",
    "The base model is gated: the Hugging Face Hub gives it only to those who accepted its terms.",
    "Download it with an account that has access and copy its files to base-models/<model id>/ in the data bucket, "
    f"where it is looked for first, or choose an open base_model. {RETRY_OR_DROP}",
)
HUB_UNKNOWN = known_failure(
    "`is not a valid model identifier`, `Repository Not Found`, 401 or 404 of the Hub",
    r"is not a valid model identifier|Repository ?Not ?Found|RevisionNotFoundError"
    r"|\b40[134] Client Error.{0,200}(huggingface|hf\.co|/resolve/)",
    "The Hugging Face Hub has no public model of the base model's name.",
    "Correct base_model, or copy the model's files to base-models/<model id>/ in the data bucket. "
    + RETRY_OR_DROP,
)
HUB_UNREACHABLE = known_failure(
    "`We couldn't connect to 'https://huggingface.co'`, `LocalEntryNotFoundError`, `OfflineModeIsEnabled`",
    r"couldn't connect to .?https?://|LocalEntryNotFoundError|OfflineModeIsEnabled|offline mode is enabled"
    r"|huggingface\.co.{0,200}(timed out|Max retries|Temporary failure|Connection refused)",
    "The Hugging Face Hub cannot be reached, so the base model could not be downloaded.",
    "Copy the model's files to base-models/<model id>/ in the data bucket, where it is looked for first, or give the "
    f"job a way to the Internet. {RETRY}",
)
REQUIREMENT = known_failure(
    "`No matching distribution found`, `InstallRequirementsError`",
    r"(?<=pip said:\n).+|Could not find a version that satisfies|No matching distribution found"
    r"|ResolutionImpossible|Invalid requirement|InstallRequirementsError|to install within \d+ s",
    "A package of requirements.txt could not be installed.",
    "Correct its name and version in code/requirements.txt, so that it exists for the container's Python; then drop "
    "the data again.",
)
MODULE = known_failure(
    "`ModuleNotFoundError: No module named …`",
    r"ModuleNotFoundError: No module named",
    "A Python package is missing.",
    "Add it to code/requirements.txt; then drop the data again.",
)
MISMATCH = known_failure(
    "`index out of range in self`, `Target 5 is out of bounds`, `device-side assert`, `size mismatch for`",
    r"index out of range in self|Target -?\d+ is out of bounds|device-side assert|size mismatch for"
    r"|Assertion .{0,80}(n_classes|srcSelectDimSize)",
    "Tokenizer, labels and model do not fit together: a token or label number lies outside the model's tables.",
    "Take tokenizer and weights of one base model, number labels from 0 to one less than num_labels, and set a "
    "max_length that the model has positions for; then drop the data again.",
)
GPU = known_failure(
    "`NVIDIA driver … is too old`, `no kernel image is available`, `Torch not compiled with CUDA enabled`",
    r"Found no NVIDIA driver|NVIDIA driver.{0,40}too old|CUDA driver version is insufficient|no kernel image is"
    r" available|no CUDA-capable device|not compiled with CUDA enabled|forward compatibility was attempted"
    r"|CUDA unknown error|No CUDA GPUs are available",
    "The GPU cannot be used: there is none, or its driver and this build of torch do not fit together.",
    "Name an instance type with a GPU that the training image supports, remove torch from code/requirements.txt, and "
    "do not ask for cuda where there is none; then drop the data again.",
)
NCCL = known_failure(
    "`NCCL error`, `ncclSystemError`, `Watchdog caught collective operation timeout`",
    r"\bNCCL (error|timeout)|ncclSystemError|ncclInternalError|ncclUnhandledCudaError|ncclRemoteError"
    r"|ProcessGroupNCCL.{0,200}(timeout|error)|Watchdog caught collective operation timeout",
    "The processes of the training lost one another (NCCL).",
    f"{RETRY} If it fails again, train on one GPU, or read which process ended first in the job's log.",
)
DIVERGED = known_failure(
    "`'loss': nan`, a loss that is no finite number",
    r"the training diverged|\bloss\b.{0,40}\b(nan|inf)\b|Input (X )?contains (NaN|infinity)"
    r"|probability tensor contains either .?inf",
    "The training diverged: the loss is no longer a finite number.",
    "Lower learning_rate (a tenth of it is a good next try) or raise warmup_ratio; then drop the data again.",
)
COLUMN = known_failure(
    "`column 'label': expected …`, `Column … not in the dataset`",
    r"column '[^']*': expected|Column(s| name| to \w+)? .{0,80}(not in the dataset|do(es)?n't exist|not found)"
    r"|column names don't match|not in index",
    "A column that the training reads is not in the data, or is empty.",
    "Add or fill the column, or name the right one under columns in traindrop.yaml; then drop the data again.",
)
KNOWN_FAILURES: tuple[KnownFailure, ...] = (
    MEMORY,
    DISK,
    HUB_GATED,
    HUB_UNKNOWN,
    HUB_UNREACHABLE,
    REQUIREMENT,
    MODULE,
    MISMATCH,
    GPU,
    NCCL,
    DIVERGED,
    COLUMN,
)
