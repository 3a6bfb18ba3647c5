"""What a script sees that the fork server runs, and what its caller sees, beside those of a plain interpreter."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import pytest

from localcloud.sagemaker.common.package_views import build_view
from tests.forkserver import cloud_python, python, training_packages
from training.user_script import transformers4_compat

SEEN = """
import json, os, sys
print("to stderr", file=sys.stderr)
print(json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "variable": os.environ.get("OF_THE_CALLER"), "name": __name__,
    "path": sys.path[:2], "input": sys.stdin.read(), "bytecode": sys.dont_write_bytecode,
    "executable": sys.executable, "main": sys.modules["__main__"].__dict__ is globals(),
    "ours": sorted(name for name in sys.modules if name.split(".")[0] in ("training", "inference", "tasks", "tests")),
}))
sys.exit(3)
"""
ENDS = {
    "nothing": ("pass", 0, ""),
    "a number": ("import sys; sys.exit(143)", 143, ""),
    "a sentence": ("raise SystemExit('no rows')", 1, "no rows\n"),
    "an exception": ("raise KeyError('label')", 1, "KeyError: 'label'\n"),
    "a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, ""),
    "no flushing": ("import os; os._exit(7)", 7, ""),
}
PATIENT = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: (print('stopped', flush=True), sys.exit(143)))\n"
    "print('ready', flush=True)\ntime.sleep(60)\n"
)
SERVERS: set[str] = set()
INTERPRETERS = ("plain", "forked")


def interpreter(kind: str) -> str:
    return python() if kind == "forked" else sys.executable


def script(folder: Path, source: str) -> Path:
    """The name of a job's script, which the fork server runs."""
    path = folder / "train.py"
    path.write_text(source)
    return path


def start(kind: str, folder: Path, source: str) -> subprocess.Popen[str]:
    script(folder, source)
    pipes: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }
    return subprocess.Popen([interpreter(kind), "train.py"], cwd=folder, **pipes)


@pytest.fixture(autouse=True)
def _on() -> None:
    if os.environ.get("FORK_SERVER") == "off":
        pytest.skip("FORK_SERVER=off")


def seen(kind: str, folder: Path, *command: str) -> dict[str, Any]:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "OF_THE_CALLER": "ü",
        "PYTHONPATH": str(folder),
    }
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [interpreter(kind), *command, "--epochs", "1"],
        cwd=folder,
        env=environment,
        input="rows",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "to stderr\n")
    report: dict[str, Any] = json.loads(done.stdout)
    assert report.pop("executable") == interpreter(kind)
    return report


@pytest.mark.parametrize(
    "command",
    [
        ("train.py",),
        ("-P", "-W", "ignore", "train.py"),
        ("-m", "training.seen"),
        ("-P", transformers4_compat.__file__, "train.py"),
    ],
    ids=["a script", "with options", "a module", "a script of a user's"],
)
def test_a_script_sees_what_it_sees_in_a_process_of_its_own(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    script(tmp_path, SEEN)
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "seen.py").write_text(SEEN)
    plain, forked = (seen(kind, tmp_path, *command) for kind in INTERPRETERS)
    assert forked == plain


@pytest.mark.parametrize("runner", [(), ("-P", transformers4_compat.__file__)])
def test_what_takes_seconds_to_import_is_there(
    tmp_path: Path, runner: tuple[str, ...]
) -> None:
    script(tmp_path, "import sys; print('torch' in sys.modules)")
    command = [python(), *runner, "train.py"]
    printed = subprocess.check_output(command, cwd=tmp_path, text=True)
    assert printed == "True\n"


def test_copies_of_a_module_are_compiled_once_and_each_names_its_own_file(
    tmp_path: Path,
) -> None:
    texts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "lines.py").write_text(
            f"def f():\n    raise KeyError('of {tmp_path.name}')\n"
        )
        with start("forked", folder, "import lines\nlines.f()\n") as process:
            texts.append(process.communicate(timeout=60)[1])
    for name, text in zip(("one", "two"), texts, strict=True):
        assert f'File "{tmp_path / name}/lines.py", line 2, in f' in text
    config = json.loads((Path(python()).parents[1] / "config.json").read_text())
    compiled = [p.read_bytes() for p in Path(config["servers"], "compiled").iterdir()]
    assert sum(f"of {tmp_path.name}".encode() in code for code in compiled) == 1


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_as_the_script_does(tmp_path: Path, name: str) -> None:
    source, code, last = ENDS[name]
    for kind in INTERPRETERS:
        process = start(kind, tmp_path, source)
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors[len(errors) - len(last) :]) == (code, last)


@pytest.mark.parametrize("kind", INTERPRETERS)
def test_sigterm_reaches_the_script(tmp_path: Path, kind: str) -> None:
    with start(kind, tmp_path, PATIENT) as process:
        assert _line(process.stdout) == "ready\n"
        process.terminate()
        assert (_line(process.stdout), process.wait(30)) == ("stopped\n", 143)


@pytest.mark.parametrize("kind", INTERPRETERS)
def test_sigkill_ends_the_script(tmp_path: Path, kind: str) -> None:
    with start(kind, tmp_path, f"import os\nprint(os.getpid())\n{PATIENT}") as process:
        pid = int(_line(process.stdout))
        process.kill()
        assert process.wait(30) == -signal.SIGKILL
        deadline = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("variable", ["1", "0", None])
def test_it_is_offline_as_its_caller_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    """By one server: the processes of a job differ in this."""
    if variable is None:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    else:
        monkeypatch.setenv("HF_HUB_OFFLINE", variable)
    source = (
        "import os, datasets.config\nfrom huggingface_hub.constants import is_offline_mode\n"
        "print(is_offline_mode(), datasets.config.HF_DATASETS_OFFLINE, os.getppid(), flush=True)"
    )
    with start("forked", tmp_path, source) as process:
        *modes, server = _line(process.stdout).split()
    assert modes == [str(variable == "1")] * 2
    SERVERS.add(server)
    assert len(SERVERS) == 1


def test_it_reads_the_hub_where_its_caller_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same server, too: each script of a user's has a cache of its own."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    source = (
        "import os, datasets.config\nfrom huggingface_hub import constants, hf_api\n"
        "print(constants.HF_HUB_CACHE, constants.ENDPOINT, hf_api.api.endpoint, datasets.config.HF_ENDPOINT,"
        " datasets.config.HUB_DATASETS_URL.partition('/datasets')[0], os.getppid(), flush=True)"
    )
    with start("forked", tmp_path, source) as process:
        cache, *endpoints, server = _line(process.stdout).split()
    assert (cache, set(endpoints)) == (str(tmp_path), {"http://127.0.0.1:9"})
    SERVERS.add(server)
    assert len(SERVERS) == 1


def test_it_has_imported_torch_and_nothing_of_ours(tmp_path: Path) -> None:
    source = (
        "import sys\n"
        "print('torch' in sys.modules, 'transformers.trainer' in sys.modules, 'training' in sys.modules)"
    )
    with start("forked", tmp_path, source) as process:
        assert _line(process.stdout) == "True True False\n"


def test_the_worker_of_an_endpoint_has_the_socket_that_it_is_told(
    tmp_path: Path,
) -> None:
    package = tmp_path / "inference" / "server"
    package.mkdir(parents=True)
    (package / "worker_start.py").write_text(
        "import socket, sys\n"
        "here = socket.socket(fileno=int(sys.argv[1]))\n"
        "here.sendall(here.recv(9) + b' ' + str('torch' in sys.modules).encode())\n"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        number = theirs.fileno()
        command = [python(), "-m", "inference.server.worker_start", str(number)]
        with subprocess.Popen(command, cwd=tmp_path, pass_fds=[number]) as process:
            theirs.close()
            ours.sendall(b"forked")
            assert ours.recv(99) == b"forked True"
            # Nobody else holds its end.
            assert ours.recv(99) == b""
            assert process.wait(30) == 0


def test_other_programs_run_in_a_process_of_their_own() -> None:
    done = subprocess.run(
        [python(), "-c", "import sys; print('torch' in sys.modules)"],
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"False\n"


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


@pytest.mark.slow
def test_a_view_of_packages_that_links_to_it_has_a_server_of_those(
    tmp_path: Path,
) -> None:
    script(tmp_path, "import sys; print('torch' in sys.modules); import sacrebleu")
    view = build_view(tmp_path / "view", training_packages() - {"sacrebleu"})
    view.unlink()
    view.symlink_to(cloud_python())
    outputs = {}
    for path in (view, cloud_python()):
        command = [str(path), "train.py"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        outputs[path] = (done.stdout, done.stderr.splitlines()[-1:])
    lacking = "ModuleNotFoundError: No module named 'sacrebleu'"
    assert outputs == {view: ("True\n", [lacking]), cloud_python(): ("True\n", [])}
