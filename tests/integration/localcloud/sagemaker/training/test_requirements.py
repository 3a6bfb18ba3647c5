from __future__ import annotations

import io
import zipfile

from tests.integration.localcloud.sagemaker.conftest import Local

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def test_requirements_that_are_met_are_not_installed(local: Local) -> None:
    name = local.train(
        "print('ran')", files={"requirements.txt": "boto3>=1.30\nuvicorn\n"}
    )
    assert local.finished(name)["TrainingJobStatus"] == "Completed"
    assert local.log_lines(LOG_GROUP, name) == ["ran"]


def test_requirements_that_cannot_be_installed_fail_the_job(local: Local) -> None:
    name = local.train("print('ran')", files={"requirements.txt": "./no-such-folder\n"})
    assert local.finished(name)["FailureReason"].startswith(
        "AlgorithmError: InstallRequirementsError:\nExitCode 1\n"
    )


def a_wheel(name: str, source: str) -> bytes:
    """A wheel of one module, version 1.0."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        content.writestr(f"{name}.py", source)
        content.writestr(
            f"{name}-1.0.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        )
        content.writestr(
            f"{name}-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        content.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return buffer.getvalue()


def test_a_requirement_that_is_lacking_is_installed_for_the_job_alone(
    local: Local,
) -> None:
    wheel = "tiny_extra-1.0-py3-none-any.whl"
    files = {
        wheel: a_wheel("tiny_extra", "VALUE = 7"),
        "requirements.txt": f"./{wheel}\n",
    }
    name = local.train(
        "import tiny_extra; print('value', tiny_extra.VALUE)", files=files
    )
    job = local.finished(name, 60)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert "value 7" in local.log_lines(LOG_GROUP, name)


def test_a_job_sees_its_image_and_its_requirements_and_no_other_package(
    local: Local,
) -> None:
    script = "import torch, sacrebleu; print('scored')"
    name = local.train(script, files={"requirements.txt": "sacrebleu\n"})
    assert local.finished(name, 60)["TrainingJobStatus"] == "Completed"
    without = local.train("import sacrebleu")
    reason = local.finished(without)["FailureReason"]
    assert "ModuleNotFoundError: No module named 'sacrebleu'" in reason


def test_a_process_of_a_job_sees_no_more_than_the_job(local: Local) -> None:
    script = "import subprocess; subprocess.run(['python', '-c', 'import sacrebleu'], check=True)"
    reason = local.finished(local.train(script))["FailureReason"]
    assert "No module named 'sacrebleu'" in reason
