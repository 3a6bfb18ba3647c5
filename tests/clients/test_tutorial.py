"""docs/tutorial-sagemaker.md, cell by cell, by the SDKs themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.cells import Block, CellResult, Session, blocks_of
from tests.clients.conftest import ROOT, ClientCloud, client_python

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]
PAGE = ROOT / "docs/tutorial-sagemaker.md"
V3 = "v3"


def prepared(folder: Path, reviews: Path, *, is_v3: bool) -> list[Block]:
    """The cells of one release of the SDK; their files are saved into the folder."""
    shutil.copy(reviews, folder)
    cells = []
    for block in blocks_of(PAGE):
        if (V3 in block.words) != is_v3:
            continue
        if block.file:
            (folder / block.file).parent.mkdir(exist_ok=True)
            (folder / block.file).write_text(block.code)
        else:
            cells.append(block)
    return cells


class Notebook:
    """The cells of the page in their order."""

    def __init__(self, session: Session, cells: list[Block]) -> None:
        self._session, self._cells = session, iter(cells)

    def next_cell(self, mark: str, value: str = "") -> CellResult:
        """Runs the next cell, which must hold `mark`."""
        code = next(self._cells).code
        assert mark in code
        return self._session.run(code, value, mark)

    def is_at_end(self) -> bool:
        return next(self._cells, None) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def notebook(
    request: pytest.FixtureRequest, cloud: ClientCloud, folder: Path, reviews: Path
) -> Iterator[Notebook]:
    name: str = request.param
    cells = prepared(folder, reviews, is_v3=name == "sdk3")
    python = client_python(name)
    with Session(python, folder, cloud.environment) as session:
        yield Notebook(session, cells)


@pytest.mark.parametrize("notebook", ["sdk2"], indirect=True)
def test_release_2_trains_deploys_and_predicts(notebook: Notebook) -> None:
    bucket = notebook.next_cell("sagemaker.Session()", "sess.default_bucket()").value
    assert bucket == "sagemaker-us-east-1-000000000000"
    notebook.next_cell("load_dataset", "train_uri")
    fit = notebook.next_cell(
        "huggingface_estimator.fit", "huggingface_estimator.model_data"
    )
    assert "'eval_accuracy'" in fit.output
    assert "Billable seconds" in fit.output
    assert fit.value.endswith("/output/model.tar.gz")
    attached = notebook.next_cell("HuggingFace.attach", "again.model_data")
    assert attached.value == fit.value
    assert "eval_accuracy" in attached.output
    [answer] = notebook.next_cell("estimator.deploy", "answer").value
    assert answer["label"] == "LABEL_1"
    notebook.next_cell("HuggingFaceModel")
    answers = notebook.next_cell("invoke_endpoint", "archive_answer").value
    assert [answer["label"] for [answer] in answers] == ["LABEL_1", "LABEL_0"]
    answer = notebook.next_cell("HF_MODEL_ID", "hub_answer").value
    assert set(answer) == {"score", "start", "end", "answer"}
    own = notebook.next_cell('entry_point="inference.py"', "own_answer").value
    assert own == {"labels": ["LABEL_1", "LABEL_0"]}
    notebook.next_cell("delete_endpoint")
    assert notebook.is_at_end()


@pytest.mark.parametrize("notebook", ["sdk3"], indirect=True)
def test_release_3_trains_builds_deploys_and_invokes(notebook: Notebook) -> None:
    notebook.next_cell("image_uris.retrieve")
    trained = notebook.next_cell("trainer.train", "job.training_job_status")
    assert trained.value == "Completed"
    notebook.next_cell("ModelBuilder")
    [answer] = notebook.next_cell("endpoint.invoke", "v3_answer").value
    assert set(answer) == {"label", "score"}
    notebook.next_cell("endpoint.delete")
    assert notebook.is_at_end()
