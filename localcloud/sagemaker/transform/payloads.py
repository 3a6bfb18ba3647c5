"""Records into requests, and responses into the lines of an output object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from localcloud.sagemaker.transform.job_request import Batching

NEWLINE = b"\n"
OUTPUT_FIELD = "SageMakerOutput"
INPUT_FIELD = "SageMakerInput"


class PayloadError(Exception):
    """Records or responses that do not fit together. The text is a line of the job's data log."""


def payloads(records: Iterable[bytes], batching: Batching) -> Iterator[list[bytes]]:
    """The records of each request, in order. Raises `PayloadError` for a record above the limit.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html: `MultiRecord` fits as many as the limit
    allows, `SingleRecord` one.
    """
    limit = batching.payload_bytes
    batch: list[bytes] = []
    size = 0
    for record in records:
        if limit is not None and len(record) > limit:
            raise PayloadError(
                f"Too much data for max payload size: a record of {len(record)} bytes, at most {limit} are allowed"
            )
        is_full = limit is not None and size + len(record) > limit
        if batch and (is_full or batching.strategy == "SingleRecord"):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch


def assembled(response: bytes) -> bytes:
    """A response as a line, or several, of an output object with `AssembleWith` Line."""
    return response if response.endswith(NEWLINE) else response + NEWLINE


def joined(records: Sequence[bytes], response: bytes, *, is_csv: bool) -> bytes:
    """Each record with its line of the response (`JoinSource` Input). Raises `PayloadError`.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html: CSV gets columns at the end,
    a JSON object the attribute `SageMakerOutput`; another JSON value becomes an object of both.
    """
    outputs = [line for line in response.split(NEWLINE) if line.strip()]
    if len(outputs) != len(records):
        raise PayloadError(
            "Fail to join data: mismatched line count between the input and the output "
            f"({len(records)} and {len(outputs)})"
        )
    join = _joined_csv if is_csv else _joined_json
    pairs = zip(records, outputs, strict=True)
    return b"".join(join(record, output) + NEWLINE for record, output in pairs)


def _joined_csv(record: bytes, output: bytes) -> bytes:
    return record.rstrip(b"\r\n") + b"," + output.rstrip(b"\r")


def _joined_json(record: bytes, output: bytes) -> bytes:
    try:
        source, result = json.loads(record), json.loads(output)
    except ValueError as error:
        raise PayloadError(f"Fail to join data: not JSON ({error})") from error
    if not isinstance(source, dict):
        source = {INPUT_FIELD: source}
    return json.dumps(source | {OUTPUT_FIELD: result}, ensure_ascii=False).encode()
