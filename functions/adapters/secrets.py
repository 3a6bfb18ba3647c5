"""Secrets Manager: the token of a private model on the Hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.adapters.errors import is_transient, translated

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_FIELDS = ("token", "HF_TOKEN", "hf_token")


class SecretError(LookupError):
    """A secret is missing, not readable, or holds no token."""


@translated
class Secrets:
    """The only way to secrets."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client

    def token(self, name: str) -> str:
        """A secret's text, or the field `token` of one that is a JSON object. Raises `SecretError`."""
        try:
            text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            if is_transient(error):
                raise
            code = error.response["Error"].get("Code", "")
            raise SecretError(f"the secret {name!r} cannot be read ({code})") from error
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if isinstance(value, dict):
            value = next((value[field] for field in _FIELDS if value.get(field)), "")
        if not isinstance(value, str) or not value.strip():
            raise SecretError(
                f"the secret {name!r} holds no token, as its text or as the field 'token' of a JSON object"
            )
        return value.strip()
