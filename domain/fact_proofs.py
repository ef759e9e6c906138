"""The proof that a wallet, category, setting or customer was told by a till of the shop, beside who did it and when."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from domain.messages import Message, MessageKind, canonical_json
from domain.people import PersonProof

STEERING: Final = frozenset({MessageKind.ACCOUNT, MessageKind.CATEGORY, MessageKind.SETTING})
"""The facts that say where money goes and what people may do alone: a till's token is not enough to change them."""

PROVEN_KINDS: Final = STEERING | {MessageKind.HOLDER}
"""The facts that leave a till with a proof. A customer's steers nothing, but says whose the stored money is."""

_PROOF: Final = "proof"


def with_proof(message: Message, proof: PersonProof | None) -> Message:
    """Return a fact with the proof that a till of the shop tells it, ready to leave; any other message as it is.

    The proof is of this one message and its teller: whoever overhears it can neither tell it again under another id,
    to bring back what stood once, nor as another till. It is made on the way out, so that what waits in the queue since
    before there was a key, or since an older version, leaves proven as well; made again it is the same. A body that is
    proven already stays, and so does one that cannot be read, which its receiver refuses.
    """
    if proof is None or message.kind not in PROVEN_KINDS:
        return message
    told = _fields(message)
    if told is None or _PROOF in told:
        return message
    return replace(message, body=canonical_json({**told, _PROOF: proof.of(_proven(message, told))}))


def same_fact(message: Message, known_hash: str, proof: PersonProof | None) -> bool:
    """Whether a message says what the one of that hash said, which may have left before its proof, or with one."""
    told = _fields(message) if message.kind in PROVEN_KINDS else None
    if message.body_hash == known_hash or told is None:
        return message.body_hash == known_hash
    told.pop(_PROOF, None)
    bare = replace(message, body=canonical_json(told))
    return known_hash in {bare.body_hash, with_proof(bare, proof if proof and proof.key else None).body_hash}


def proof_holds(message: Message, proof: PersonProof) -> bool | None:
    """Return whether the proof that a fact shows is the shop's, None if it shows none; what cannot be read has none."""
    told = _fields(message)
    if told is None or _PROOF not in told:
        return None
    shown = told.pop(_PROOF)
    return isinstance(shown, str) and proof.holds(_proven(message, told), shown)


def _proven(message: Message, told: Mapping[str, Any]) -> str:
    place = {"message": message.id, "device": message.device_id, "kind": message.kind, "subject": message.subject_id}
    return canonical_json({**place, "fact": told})


def _fields(message: Message) -> dict[str, Any] | None:
    try:
        told = json.loads(message.body)
        message.body.encode()
        canonical_json(told).encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
