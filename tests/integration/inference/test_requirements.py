from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from inference.archive import load
from inference.model.requirements import install_requirements
from inference.protocols.errors import ArchiveError
from tests.integration.inference.image import ROOT, as_anyone
from tests.unit.inference.model_folder import add_code


def wheel(folder: Path, name: str, version: str, *needs: str) -> Path:
    """A real wheel of one module that says its version."""
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            + "".join(f"Requires-Dist: {line}\n" for line in needs),
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def test_missing_package_is_installed_before_the_script_is_imported(
    tmp_path: Path,
) -> None:
    made = wheel(tmp_path, "traindrop_probe", "1.2")
    script = "import traindrop_probe\ndef model_fn(d): return lambda inputs: traindrop_probe.VERSION"
    (tmp_path / "m").mkdir()
    add_code(tmp_path / "m", inference=script)
    (tmp_path / "m" / "code" / "requirements.txt").write_text(f"torch\n{made}\n")
    assert load(tmp_path / "m").invoke(b'{"inputs": ""}') == b'"1.2"'


def test_second_start_installs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "traindrop_second", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / "requirements.txt").write_text("traindrop-second==1\n")
    assert install_requirements(tmp_path) == ["traindrop-second==1"]
    assert install_requirements(tmp_path) == []


def test_what_is_installed_is_not_installed_again_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "traindrop_whole", "1", "numpy>1", "traindrop-rest")
    wheel(tmp_path, "traindrop_rest", "2")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / "requirements.txt").write_text("traindrop-whole\n")
    assert install_requirements(tmp_path) == ["traindrop-whole"]
    installed = sorted(path.name for path in (tmp_path / "site-packages").glob("*.*"))
    assert installed == [
        "traindrop_rest-2.dist-info",
        "traindrop_rest.py",
        "traindrop_whole-1.dist-info",
        "traindrop_whole.py",
    ]


def test_a_package_in_front_of_the_servers_is_blamed_where_loading_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = metadata.version("idna")
    pinned = wheel(tmp_path, "idna", "0.1")
    script = "def model_fn(d): raise RuntimeError('numpy.core failed')"
    add_code(tmp_path, inference=script)
    file = tmp_path / "code" / "requirements.txt"
    file.write_text(f"{pinned}\n")
    with pytest.raises(ArchiveError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        "expected a model that loads; found RuntimeError: numpy.core failed. "
        f"{file} replaces idna {before} by 0.1: leave these out, or name the server's versions."
    )
    assert f"replaces idna {before} by 0.1" in caplog.text


def test_a_file_as_powershell_writes_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "traindrop_utf", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / "requirements.txt").write_text("traindrop-utf==1\r\n", "utf-16")
    assert install_requirements(tmp_path) == ["traindrop-utf==1"]


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_bytes(b"numpy\n# f\xfcr\n")
    with pytest.raises(ArchiveError) as caught:
        install_requirements(tmp_path)
    assert str(caught.value) == (
        f"expected {file} in UTF-8; found bytes in line 2 that are not. Save it as UTF-8."
    )


def test_what_pip_said_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("nothing-such==1\n")
    with pytest.raises(ArchiveError) as caught:
        install_requirements(tmp_path)
    assert str(caught.value).startswith(
        f"expected {tmp_path / 'requirements.txt'} to install; pip said:\n"
    )
    assert "No matching distribution found for nothing-such==1" in str(caught.value)


PRINTED = """
import sys
from pathlib import Path
from inference.model.requirements import install_requirements
print(install_requirements(Path(sys.argv[1])))
import traindrop_closed
print(traindrop_closed.VERSION)
"""


def test_a_folder_that_may_not_be_written_to_stays_as_it_was(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    made = wheel(code, "traindrop_closed", "1.2")
    (code / "requirements.txt").write_text("-r more.txt\n")
    (code / "more.txt").write_text(f"./{made.name}\n")
    code.chmod(0o555)
    try:
        done = subprocess.run(
            as_anyone([sys.executable, "-c", PRINTED, str(code)]),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
    finally:
        code.chmod(0o755)
    assert done.stdout == "['-r more.txt']\n1.2\n", done.stderr
    assert sorted(path.name for path in code.iterdir()) == [
        "more.txt",
        "requirements.txt",
        made.name,
    ]
    (room,) = tmp_path.glob("traindrop-code-*")
    assert (room / "site-packages" / "traindrop_closed.py").is_file()
