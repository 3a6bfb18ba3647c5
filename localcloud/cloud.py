"""The running cloud as every command sees it: one file in the state folder, `cloud.json`."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from localcloud.errors import LocalCloudError, NotRunningError, command_line

ENGINE = "engine"
SAGEMAKER = "sagemaker"
PARTS = (ENGINE, SAGEMAKER)
STOP_ORDER = (SAGEMAKER, ENGINE)
"""SageMaker sends its last logs and metrics to the engine. Without an engine it would wait for seconds."""

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_STATE = Path(".traindrop")
FILE = "cloud.json"
_VERSION = 1


class StateFileError(LocalCloudError):
    """`cloud.json` cannot be read."""


@dataclass(frozen=True)
class ProcessRecord:
    """Identifies a process for good: `created` is seconds since the epoch as psutil gives it."""

    pid: int
    created: float


@dataclass
class LocalCloud:
    """Ports, processes and the deployed stack of one state folder. Call `save` after every change."""

    state: Path
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, ProcessRecord] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    """Of everything the deployed stack was built from; empty while none is deployed."""
    outputs: dict[str, str] = field(default_factory=dict)
    api_key: str = ""
    pass_hf_env: bool = False
    """Whether jobs and model servers get the `HF_*` variables of the shell that starts SageMaker."""
    max_training_jobs: int = 0
    """The highest number of training jobs at once; 0: as many as memory and cores allow."""
    secret: str = ""
    """What every request to the two servers is signed with; empty before the first start."""

    @classmethod
    def load(cls, state: Path) -> LocalCloud:
        """The cloud of `state`, an empty one where there is none yet. Raises `StateFileError` on a damaged file."""
        state = state.expanduser().resolve()
        path = state / FILE
        try:
            return cls._parse(state, path.read_text())
        except FileNotFoundError:
            return cls(state=state)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            up = command_line(f"up --state {state}")
            raise StateFileError(
                f"expected {path} as this version writes it; found something else ({error!r}). "
                f"It holds no drop, run or model: `rm {path}`, then `{up}` ends what still runs and writes it anew "
                "(with --parameter, if you set any)."
            ) from error

    @classmethod
    def _parse(cls, state: Path, text: str) -> LocalCloud:
        saved = json.loads(text)
        if saved.pop("version") != _VERSION:
            raise KeyError("version")
        processes = {
            name: ProcessRecord(**record)
            for name, record in saved.pop("processes").items()
        }
        return cls(state=state, processes=processes, **saved)

    def save(self) -> None:
        """Writes a new file and moves it over the old one, so that a kill never leaves half a file.

        Only the owner may read it, for it holds the API key and the secret.
        """
        make_private(self.state)
        content = asdict(self)
        del content["state"]
        new_file = self.state / f"{FILE}.new"
        new_file.touch(mode=0o600)
        new_file.write_text(
            json.dumps({"version": _VERSION, **content}, indent=2) + "\n"
        )
        new_file.replace(self.state / FILE)

    def url(self, name: str) -> str:
        """Raises `NotRunningError` where the cloud was never up."""
        if name not in self.ports:
            raise NotRunningError(
                f"expected a local cloud in {self.state}; found none. Start it: `{command_line('up')}`."
            )
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def engine_url(self) -> str:
        return self.url(ENGINE)

    @property
    def sagemaker_url(self) -> str:
        return self.url(SAGEMAKER)

    @property
    def api_url(self) -> str:
        """Base URL of the deployed REST API, without a slash at its end."""
        return f"{self.engine_url}/_aws/execute-api/{self.output('ApiId')}/{self.output('ApiStage')}"

    @property
    def bucket(self) -> str:
        return self.output("DataBucket")

    def output(self, name: str) -> str:
        """An output of the deployed stack. Raises `NotRunningError` while there is none."""
        if name not in self.outputs:
            raise NotRunningError(
                f"expected a deployed stack with the output {name}; found {sorted(self.outputs) or 'no stack'}. "
                f"Deploy it: `{command_line('up')}`."
            )
        return self.outputs[name]

    def log(self, name: str) -> Path:
        return self.state / "logs" / f"{name}.log"


def make_private(folder: Path) -> None:
    """Makes the folder, and closes it and so all in it to everybody but its owner."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


@contextmanager
def exclusive(
    state: Path, on_wait: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Holds the state folder's lock. `on_wait` is called once if another command has it."""
    make_private(state)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
