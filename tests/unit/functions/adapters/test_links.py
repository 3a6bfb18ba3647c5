from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from functions.adapters.clients import LINK_CONFIG
from functions.adapters.links import LINK_SECONDS, Links
from tests.unit.functions.adapters.stubs import session


def links(endpoint: str | None = None) -> Links:
    client = session().client("s3", config=LINK_CONFIG, endpoint_url=endpoint)
    return Links(client, "data")


def test_a_link_goes_to_the_region_of_the_bucket() -> None:
    """The address without a region redirects where the bucket is new."""
    address = urlsplit(links().upload("batches/a b/input"))
    assert address.hostname == "data.s3.eu-central-1.amazonaws.com"
    assert address.path == "/batches/a%20b/input"
    query = parse_qs(address.query)
    assert query["X-Amz-Expires"] == [str(LINK_SECONDS)]
    assert query["X-Amz-SignedHeaders"] == ["host"]


def test_the_number_of_bytes_is_signed() -> None:
    address = urlsplit(links().upload("datasets/reviews/a.csv", 12))
    query = parse_qs(address.query)
    assert query["X-Amz-SignedHeaders"] == ["content-length;host"]


@pytest.mark.parametrize("name", ["reviews.csv", 'größe "1".csv'])
def test_a_download_has_a_name(name: str) -> None:
    query = parse_qs(urlsplit(links().download("batches/b/result.csv", name)).query)
    (disposition,) = query["response-content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert '"' not in disposition


def test_on_the_local_cloud_a_link_goes_to_its_address() -> None:
    address = urlsplit(links("http://127.0.0.1:4566").upload("batches/b/input"))
    assert (address.netloc, address.path) == ("127.0.0.1:4566", "/data/batches/b/input")
