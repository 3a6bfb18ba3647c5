"""Every other form of a drop than rows in one file: each goes live through the deployed stack and answers."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from datasets import ClassLabel, Dataset, DatasetDict
from transformers import AutoTokenizer, BertForSequenceClassification

from tests.e2e.client import ROOT, Cloud, eventually
from tests.e2e.conftest import BASE_MODEL
from tests.e2e.drops import reviews
from tests.hub_stand_in import HubStandIn
from tests.tiny_model import bert_config, build

TUTORIAL = ROOT / "tests" / "tutorial"
LABELS = ["negative", "positive"]
TEXTS = ["great lovely film", "awful dull plot"]


def table(rows: int = 160, seed: int = 0) -> dict[str, list[str]]:
    read = list(csv.DictReader(io.StringIO(reviews(rows, seed).decode())))
    return {
        "text": [row["review"] for row in read],
        "label": [row["sentiment"] for row in read],
    }


def saved_dataset(folder: Path) -> dict[str, bytes]:
    """A `DatasetDict` with class names, as `save_to_disk` writes it: name to content."""
    splits = {}
    for split, rows in (("train", table(160, 1)), ("test", table(40, 2))):
        dataset = Dataset.from_dict(
            {**rows, "label": [LABELS.index(label) for label in rows["label"]]}
        )
        splits[split] = dataset.cast_column("label", ClassLabel(names=LABELS))
    DatasetDict(splits).save_to_disk(folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def live(cloud: Cloud, model: str) -> dict[str, Any]:
    record = cloud.ended(model)
    assert record["status"] == "live", record
    return record


def sentiments(cloud: Cloud, model: str) -> list[str]:
    answer = cloud.predict(model, TEXTS)
    assert answer.status_code == 200, answer.text
    return [prediction["label"] for prediction in answer.json()]


@pytest.mark.slow
def test_parquet_with_settings_of_its_own(cloud: Cloud) -> None:
    rows, file = table(), io.BytesIO()
    pq.write_table(
        pa.table({"was_gesagt_wurde": rows["text"], "urteil": rows["label"]}), file
    )
    settings = (
        "columns: {text: was_gesagt_wurde, label: urteil}\n"
        "hyperparameters: {epochs: 5, per_device_train_batch_size: 16, weight_decay: 0.0}\n"
        "gate: {metric: macro_f1, min_gain: 0.05}\n"
    )
    cloud.drop_all(
        "form-parquet",
        {"all.parquet": file.getvalue(), "traindrop.yaml": settings.encode()},
    )
    record = live(cloud, "form-parquet")
    assert (record["evaluation"]["metric"], record["evaluation"]["min_gain"]) == (
        "macro_f1",
        0.05,
    )
    assert sentiments(cloud, "form-parquet") == ["positive", "negative"]
    spec = json.loads(
        cloud.s3.get_object(Bucket=cloud.bucket, Key=f"runs/{record['run']}/spec.json")[
            "Body"
        ].read()
    )
    assert spec["hyperparameters"]["train_batch_size"] == 16


@pytest.mark.slow
def test_a_saved_dataset_that_arrives_slowly_in_any_order_is_one_run_served_by_the_drops_own_hooks(
    cloud: Cloud, tmp_path: Path
) -> None:
    files = saved_dataset(tmp_path / "saved")
    files["code/inference.py"] = (TUTORIAL / "inference.py").read_bytes()
    files["traindrop.yaml"] = b"example: {reviews: [a great film]}\n"
    cloud.drop_all("form-saved", files, pause=0.8)
    record = live(cloud, "form-saved")
    assert len(cloud.runs("form-saved")) == 1
    assert record["data"]["rows"] == {"train": 160, "test": 40}
    answer = cloud.http.post("/models/form-saved/predict", json={"reviews": TEXTS})
    assert answer.status_code == 200, answer.text
    good, bad = answer.json()["stars"]
    assert good > 3 > bad
    page = cloud.http.get("/models/form-saved").json()
    assert page["example"]["body"] == {"reviews": ["a great film"]}
    assert record["deployment"]["verification"]["rows"] == 1


def test_a_tutorials_script_and_hooks_run_unchanged(
    cloud: Cloud, tmp_path: Path
) -> None:
    settings = (
        "hyperparameters: {epochs: 8, per_device_train_batch_size: 16, learning_rate: 0.001,"
        f" model_name_or_path: {BASE_MODEL}}}\n"
        "example: {reviews: [a great film]}\n"
    )
    files = saved_dataset(tmp_path / "saved") | {"traindrop.yaml": settings.encode()}
    files |= {
        f"code/{name}": (TUTORIAL / name).read_bytes()
        for name in ("train.py", "inference.py")
    }
    cloud.drop_all("form-script", files)
    record = live(cloud, "form-script")
    assert record["training"]["metrics"]["eval_accuracy"] > 0.6
    endpoint = cloud.http.get("/models/form-script").json()["endpoint"]
    body = json.dumps({"reviews": TEXTS})
    answer = cloud.boto("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, ContentType="application/json", Body=body
    )
    assert len(json.loads(answer["Body"].read())["stars"]) == len(TEXTS)
    assert cloud.http.delete("/models/form-script/endpoint").status_code == 200
    eventually(
        "the endpoint is gone", lambda: endpoint not in cloud.endpoints(), timeout=30
    )


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier as somebody else saved it, without any code; what it says is random."""
    folder = tmp_path_factory.mktemp("classifier")
    tokenizer = AutoTokenizer.from_pretrained(build(folder / "base"))
    torch.manual_seed(0)
    config = bert_config(tokenizer)
    config.id2label, config.label2id = (
        dict(enumerate(LABELS)),
        {label: i for i, label in enumerate(LABELS)},
    )
    BertForSequenceClassification(config).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def test_a_model_archive_dropped_five_times_at_once_is_one_run_without_training(
    cloud: Cloud, classifier: Path
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(classifier, arcname=".")
    body = packed.getvalue()
    with ThreadPoolExecutor(5) as pool:
        for _ in range(5):
            pool.submit(cloud.drop, "form-archive", body, "model.tar.gz")
    record = live(cloud, "form-archive")
    assert len(cloud.runs("form-archive")) == 1
    assert (record["task"], record["data"]["labels"]) == ("text-classification", LABELS)
    assert "training" not in [step["step"] for step in record["steps"]]
    assert set(sentiments(cloud, "form-archive")) <= set(LABELS)
    assert not [job for job in cloud.jobs() if record["run"] in job]


def test_a_private_model_of_the_hub_is_deployed_at_the_commit_it_was_at(
    cloud: Cloud, hub: HubStandIn, classifier: Path
) -> None:
    repo = hub.add(
        "org/private",
        classifier,
        pipeline_tag="text-classification",
        access="private",
        token="hf_e2e",
    )
    cloud.boto("secretsmanager").create_secret(
        Name="traindrop/hub", SecretString='{"token": "hf_e2e"}'
    )
    settings = "hub: {model_id: org/private, token_secret: traindrop/hub}\n"
    cloud.drop("form-hub", settings.encode(), "traindrop.yaml")
    record = live(cloud, "form-hub")
    assert record["task"] == "text-classification"
    assert set(sentiments(cloud, "form-hub")) <= set(LABELS)
    (name,) = [name for name in cloud.models() if record["run"] in name]
    environment = cloud.sagemaker.describe_model(ModelName=name)["PrimaryContainer"][
        "Environment"
    ]
    wanted = {
        "HF_MODEL_ID": "org/private",
        "HF_MODEL_REVISION": repo.commit,
        "HF_TASK": "text-classification",
    }
    assert wanted.items() <= environment.items()


REFUSED = {
    "a model the hub does not know": (
        {"traindrop.yaml": b"hub: {model_id: org/nothing}\n"},
        "traindrop.yaml, 'hub.model_id': expected a model of the Hub",
    ),
    "an archive in a folder": (
        {"model.tar.gz": b"\x1f\x8bno archive"},
        "model.tar.gz: expected a complete tar archive",
    ),
    "a setting that is not there": (
        {"a.csv": reviews(), "traindrop.yaml": b"hyperparameters: {learning_rat: 1}\n"},
        "Did you mean 'learning_rate'?",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_cannot_be_is_refused_with_a_sentence(
    cloud: Cloud, name: str
) -> None:
    files, sentence = REFUSED[name]
    model = "refused-" + name.replace(" ", "-")
    cloud.drop_all(model, files)
    record = cloud.ended(model, timeout=60)
    assert record["status"] == "rejected"
    assert sentence in cloud.run(record["run"])["problems"][0]["message"]
