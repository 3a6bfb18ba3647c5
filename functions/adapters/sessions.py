"""STS: the session in which a training job is created, whose tags decide what the job may read and write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.adapters.errors import translated
from functions.common.tags import Tags, as_list

_NAME_CHARACTERS = 64
_SECONDS = 900
"""The shortest that STS allows; one call is made with it."""


@dataclass(frozen=True)
class Credentials:
    """Of a session, as boto3 takes them."""

    access_key: str
    secret_key: str
    token: str


@translated
class Sessions:
    """The only way to sessions of other roles."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def credentials(self, role_arn: str, name: str, tags: Tags) -> Credentials:
        """Of a session of the role. The tags are transitive: no session opened from it can change them."""
        answer = self._client.assume_role(
            RoleArn=role_arn,
            RoleSessionName=name[:_NAME_CHARACTERS],
            DurationSeconds=_SECONDS,
            Tags=as_list(tags),
            TransitiveTagKeys=list(tags),
        )
        credentials = answer["Credentials"]
        return Credentials(
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
        )
