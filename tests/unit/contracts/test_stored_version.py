from __future__ import annotations

from contracts.stored_version import StoredVersion


def test_a_version_holds_the_bytes_it_was_made_of_and_no_others() -> None:
    version = StoredVersion.of("models/r/evaluation.json", b"{}", "v1")
    assert (version.key, version.version_id, version.size) == (
        "models/r/evaluation.json",
        "v1",
        2,
    )
    assert version.holds(b"{}")
    assert not version.holds(b"[]")


def test_the_version_of_an_archive_holds_no_document() -> None:
    archive = StoredVersion(key="models/r/model.tar.gz", version_id="v1", size=0)
    assert not archive.holds(b"")
