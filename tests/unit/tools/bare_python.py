"""Tools as they run where only boto3 is installed."""

from __future__ import annotations

import subprocess
import sys

from tools.source_modules import ROOT

BOTO3 = "boto3 botocore s3transfer jmespath dateutil six urllib3 certifi"
"""boto3 and what pip installs with it; certifi where urllib3 finds one."""
OWN = "tools functions contracts deployment_modes"
BARE = f"""
import importlib.abc, sys

class OnlyBoto3(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in "{BOTO3} {OWN}".split():
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, OnlyBoto3())
sys.argv = ["tool", "--help"]
import runpy
runpy.run_module(MODULE, run_name="__main__")
"""


def help_with_boto3_alone(module: str) -> str:
    """What `--help` of a tool prints there."""
    code = BARE.replace("MODULE", repr(module))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
