"""Run by `.venv-peers`: the container's entry point, with its files beside the run and its port on the loopback."""

import ctypes
import os
from pathlib import Path
from typing import Any

import psutil
from sagemaker_huggingface_inference_toolkit import mms_model_server, serving  # type: ignore[import-not-found]
from sagemaker_inference import model_server  # type: ignore[import-not-found]

PR_SET_CHILD_SUBREAPER = 36
CONFIG = str(Path(os.environ["SAGEMAKER_BASE_DIR"]) / "mms.properties")
properties = model_server._generate_mms_config_properties


def on_loopback(*arguments: Any) -> Any:
    return properties(*arguments).replace("0.0.0.0", "127.0.0.1")


def own_server() -> psutil.Process:
    """The JVM of this launcher; the original refuses to run where any other is."""
    for process in psutil.Process().children(recursive=True):
        if (
            process.status() != psutil.STATUS_ZOMBIE
            and model_server.MMS_NAMESPACE in process.cmdline()
        ):
            # The command that started it has ended by now.
            model_server._reap_children(0, None)
            return process
    raise RuntimeError("the Java process has not started yet")


# The JVM outlives the command that starts it and would become init's child; so it becomes ours.
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
model_server.MMS_CONFIG_FILE = mms_model_server.MMS_CONFIG_FILE = CONFIG
model_server._generate_mms_config_properties = on_loopback
model_server._retrieve_mms_server_process = own_server
serving.main()
