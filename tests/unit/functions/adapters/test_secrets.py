"""What a secret's text may look like, and what is said where it holds no token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.adapters.secrets import SecretError, Secrets
from tests.unit.functions.adapters.stubs import StubbedClient

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/hub-AbCdEf"


@pytest.fixture
def manager() -> Iterator[StubbedClient]:
    stubbed = StubbedClient("secretsmanager")
    yield stubbed
    stubbed.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "text",
    [
        "hf_x",
        " hf_x\n",
        '"hf_x"',
        '{"token": "hf_x"}',
        '{"HF_TOKEN": "hf_x", "user": "me"}',
        '{"hf_token": "hf_x"}',
    ],
)
def test_a_token_is_found_in_a_secret(manager: StubbedClient, text: str) -> None:
    manager.answers(
        "get_secret_value", {"ARN": ARN, "SecretString": text}, {"SecretId": "shop/hub"}
    )
    assert Secrets(manager.client).token("shop/hub") == "hf_x"


@pytest.mark.parametrize(
    "answer",
    [
        {"SecretString": text}
        for text in ("  ", "{}", '{"token": 1}', '{"key": "hf_x"}', "[]", "12", "null")
    ]
    + [{"SecretBinary": b"hf_x"}],
    ids=str,
)
def test_a_secret_without_a_token_is_told(
    manager: StubbedClient, answer: dict[str, object]
) -> None:
    manager.answers("get_secret_value", {"ARN": ARN, **answer})
    message = "the secret 'shop/hub' holds no token, as its text or as the field 'token' of a JSON object"
    with pytest.raises(SecretError) as explanation:
        Secrets(manager.client).token("shop/hub")
    assert str(explanation.value) == message


@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "AccessDeniedException", "DecryptionFailure"]
)
def test_a_secret_that_cannot_be_read_is_told_with_awss_reason(
    manager: StubbedClient, code: str
) -> None:
    manager.refuses("get_secret_value", code, "no")
    with pytest.raises(SecretError) as explanation:
        Secrets(manager.client).token("shop/hub")
    assert str(explanation.value) == f"the secret 'shop/hub' cannot be read ({code})"
