"""Signatures of what other systems are told, against the published vectors of Standard Webhooks."""

import json
from typing import Any, Final

import pytest

from server.hook_secrets import PREFIX, SECRET_BYTES, new_hook_secret
from server.hook_signature import signed_headers
from server.vault import Secret
from tests.architecture.source_tree import ROOT

VECTORS: Final = json.loads((ROOT / "tests" / "vectors" / "standardwebhooks.json").read_text("utf-8"))["vectors"]
WRONG: Final = [vector for vector in VECTORS if vector.get("must_fail")]
RIGHT: Final = [vector for vector in VECTORS if not vector.get("must_fail")]


def ours(vector: dict[str, Any]) -> str:
    secret, body = Secret(vector["secret"]), vector["body"].encode()
    headers = signed_headers([secret], vector["webhook_id"], vector["webhook_timestamp"], body)
    assert headers["webhook-id"] == vector["webhook_id"]
    assert headers["webhook-timestamp"] == str(vector["webhook_timestamp"])
    return headers["webhook-signature"]


@pytest.mark.parametrize("vector", RIGHT, ids=lambda vector: vector["id"])
def test_the_published_signatures_are_reproduced(vector: dict[str, Any]) -> None:
    assert ours(vector) in vector["signature"].split(" ")


@pytest.mark.parametrize("vector", WRONG, ids=lambda vector: vector["id"])
def test_a_published_wrong_signature_is_not_ours(vector: dict[str, Any]) -> None:
    assert ours(vector) != vector["signature"]


def test_a_secret_is_made_of_32_random_bytes_and_never_twice() -> None:
    made = {new_hook_secret().reveal() for _ in range(50)}
    assert len(made) == 50
    assert all(secret.startswith(PREFIX) for secret in made)
    assert SECRET_BYTES == 32
