from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine
from tests.unit.stack import template

KEY = "datasets/Film + Käse 100%/train & test.csv"


@pytest.fixture(scope="session")
def bucket(engine: Engine) -> str:
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_bucket_versioning(
        Bucket="data", VersioningConfiguration={"Status": "Enabled"}
    )
    return "data"


@pytest.fixture(scope="session")
def table(engine: Engine) -> str:
    create_table(engine, "ledger")
    return "ledger"


def create_table(engine: Engine, name: str) -> None:
    engine.client("dynamodb").create_table(TableName=name, **template.ledger_table())


def item(**values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def test_listing_by_a_unicode_prefix_finds_exactly_its_objects(
    engine: Engine, bucket: str
) -> None:
    s3 = engine.client("s3")
    for key in (KEY, "datasets/Film + Käse 100%/b.csv", "datasets/Film + Kase/c.csv"):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=b"x",
            Metadata={"a": "b"},
            ContentType="text/csv",
        )
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="datasets/Film + Käse 100%/")
    assert [item["Key"] for item in listed["Contents"]] == [
        "datasets/Film + Käse 100%/b.csv",
        KEY,
    ]
    folders = s3.list_objects_v2(Bucket=bucket, Prefix="datasets/", Delimiter="/")[
        "CommonPrefixes"
    ]
    assert [folder["Prefix"] for folder in folders] == [
        "datasets/Film + Kase/",
        "datasets/Film + Käse 100%/",
    ]


def test_versions_are_listed_read_and_deleted(engine: Engine, bucket: str) -> None:
    s3, key = engine.client("s3"), "versions/ü +.txt"
    first = s3.put_object(Bucket=bucket, Key=key, Body=b"one")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key=key, Body=b"two")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key=key)["VersionId"]
    assert (
        s3.get_object(Bucket=bucket, Key=key, VersionId=first)["Body"].read() == b"one"
    )
    listed = s3.list_object_versions(Bucket=bucket, Prefix="versions/")
    assert [v["VersionId"] for v in listed["Versions"]] == [second, first]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == [marker]
    doomed = [{"Key": key, "VersionId": version} for version in (first, second, marker)]
    assert (
        len(s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})["Deleted"])
        == 3
    )
    left = s3.list_object_versions(Bucket=bucket, Prefix="versions/")
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_ranges_and_heads(engine: Engine, bucket: str) -> None:
    s3 = engine.client("s3")
    s3.put_object(
        Bucket=bucket, Key="range.bin", Body=b"0123456789", Metadata={"run": "r1"}
    )
    assert (
        s3.get_object(Bucket=bucket, Key="range.bin", Range="bytes=2-4")["Body"].read()
        == b"234"
    )
    head = s3.head_object(Bucket=bucket, Key="range.bin")
    assert (head["ContentLength"], head["Metadata"]) == (10, {"run": "r1"})
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="no.bin")


def test_presigned_address_works(engine: Engine, bucket: str) -> None:
    s3 = engine.client("s3")
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"hello")
    address = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a b.txt"}
    )
    assert engine.request("GET", address.removeprefix(engine.url))[:2] == (
        200,
        b"hello",
    )


def test_transaction_writes_all_or_nothing(engine: Engine, table: str) -> None:
    dynamodb = engine.client("dynamodb")
    new = {"ConditionExpression": "attribute_not_exists(pk)"}

    def claim(run: str) -> None:
        lock = {
            "TableName": table,
            "Key": item(pk="model#m", sk="model"),
            "UpdateExpression": "SET #a = :run",
            "ConditionExpression": "attribute_not_exists(#a)",
            "ExpressionAttributeNames": {"#a": "active_run"},
            "ExpressionAttributeValues": {":run": {"S": run}},
        }
        record = {
            "TableName": table,
            "Item": item(pk=f"run#{run}", sk="run", kind="run", sort=run),
            **new,
        }
        dynamodb.transact_write_items(TransactItems=[{"Put": record}, {"Update": lock}])

    claim("first")
    with pytest.raises(ClientError) as refused:
        claim("second")
    assert [
        reason["Code"] for reason in refused.value.response["CancellationReasons"]
    ] == [
        "None",
        "ConditionalCheckFailed",
    ]
    assert "Item" not in dynamodb.get_item(
        TableName=table, Key=item(pk="run#second", sk="run"), ConsistentRead=True
    )
    held = dynamodb.get_item(
        TableName=table, Key=item(pk="model#m", sk="model"), ConsistentRead=True
    )["Item"]
    assert held["active_run"] == {"S": "first"}


def test_index_lists_newest_first_in_pages(engine: Engine, table: str) -> None:
    dynamodb = engine.client("dynamodb")
    for number in range(5):
        record = item(
            pk=f"page#{number}",
            sk="run",
            kind="page",
            sort=f"2026-0{number}",
            even=str(number % 2 == 0),
        )
        dynamodb.put_item(TableName=table, Item=record)
    query = {
        "TableName": table,
        "IndexName": "by_kind",
        "KeyConditionExpression": "kind = :k",
        "FilterExpression": "even = :e",
        "ExpressionAttributeValues": {":k": {"S": "page"}, ":e": {"S": "True"}},
        "ScanIndexForward": False,
    }
    assert [i["sort"]["S"] for i in dynamodb.query(**query)["Items"]] == [
        "2026-04",
        "2026-02",
        "2026-00",
    ]
    first = dynamodb.query(**query, Limit=2)
    rest = dynamodb.query(**query, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [i["sort"]["S"] for i in first["Items"] + rest["Items"]] == [
        "2026-04",
        "2026-02",
        "2026-00",
    ]


def test_conditional_update_is_refused(engine: Engine, table: str) -> None:
    update = {
        "TableName": table,
        "Key": item(pk="model#none", sk="model"),
        "UpdateExpression": "REMOVE active_run",
        "ConditionExpression": "active_run = :r",
        "ExpressionAttributeValues": {":r": {"S": "r"}},
    }
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        engine.client("dynamodb").update_item(**update)


def test_update_appends_to_lists_and_keeps_numbers(engine: Engine, table: str) -> None:
    dynamodb, key = engine.client("dynamodb"), item(pk="run#list", sk="run")
    for step in ("a", "b"):
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET steps = list_append(if_not_exists(steps, :none), :step), #n = :n",
            ExpressionAttributeNames={"#n": "loss"},
            ExpressionAttributeValues={
                ":none": {"L": []},
                ":step": {"L": [{"S": step}]},
                ":n": {"N": "0.125"},
            },
        )
    updated = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    assert (updated["steps"], updated["loss"]) == (
        {"L": [{"S": "a"}, {"S": "b"}]},
        {"N": "0.125"},
    )
