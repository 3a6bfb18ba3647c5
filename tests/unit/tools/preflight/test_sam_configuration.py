from __future__ import annotations

from pathlib import Path

from tools.preflight.finding import State
from tools.preflight.sam_configuration import EXAMPLE, FILE, sam_configuration
from tools.source_modules import ROOT


def test_the_example_is_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text((ROOT / EXAMPLE).read_text())
    (finding,) = sam_configuration(tmp_path)
    assert finding.state is State.OK


def test_without_the_file_it_says_how_to_make_it(tmp_path: Path) -> None:
    (finding,) = sam_configuration(tmp_path)
    assert finding.state is State.WARNING
    assert finding.remedy == "cp samconfig.example.toml samconfig.toml"


def test_a_file_without_the_build_setting_is_not_enough(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[default.global.parameters]\nstack_name = "td"\n')
    (finding,) = sam_configuration(tmp_path)
    assert finding.state is State.WARNING
    assert "expected build_in_source = true" in finding.text


def test_what_sam_deploy_guided_writes_is_not_tracked() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert f"/{FILE}" in ignored
