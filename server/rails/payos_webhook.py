"""payOS's webhook: the signature over the sorted data of a transfer, and the call with which an address is confirmed.

Source: payos.vn/docs (webhook). There is no time in the signature: repetitions are known by their bank reference.
"""

from typing import Final

from domain.rails import Provider
from server.rails.base import (
    MAX_NOTIFICATION_BYTES,
    Answer,
    Credentials,
    Ignored,
    Notice,
    NotificationRefused,
    RefusalReason,
    value_of,
)
from server.rails.exact_json import read_exact
from server.rails.payos_calls import CHECKSUM_KEY, DONE, is_signed
from server.rails.payos_objects import receipt, whole
from server.rails.strict_json import Unreadable, part_of, read_object, text_of
from server.vault import Secret

REFUSALS: Final[dict[RefusalReason, int]] = {"signature": 401, "stale": 401, "malformed": 400, "foreign": 403}

TEST_CALL: Final = (123, "TF230204212323", "124c33293c43417ab7879e14c8d9eb18")
"""Order, bank reference and link of the sample with which payOS confirms an address, signed with the shop's own key."""


def read(credentials: Credentials, body: bytes) -> Notice:
    """Verify a notification and return its money; raises NotificationRefused.

    The call that confirms the address, and whatever tells of no money, is Ignored.
    """
    try:
        key = Secret(value_of(CHECKSUM_KEY, credentials))
        exact = read_exact(body, MAX_NOTIFICATION_BYTES)
        if not is_signed(key, exact.get("data"), exact.get("signature")):
            raise _refusal("signature")
        # Only the data is signed, so nothing beside it is believed.
        data = part_of(read_object(body, MAX_NOTIFICATION_BYTES, decimals_as_text=True), "data")
        code, reference, link = whole(data, "orderCode"), text_of(data, "reference"), text_of(data, "paymentLinkId")
        moved = text_of(data, "code") == DONE and text_of(data, "currency") == "VND"
        if not moved or (code, reference, link) == TEST_CALL:
            return Ignored(Provider.PAYOS, f"payos:{link}:{reference}:no_money"[:300])
        return receipt(data, code, link)
    except Unreadable as problem:
        raise _refusal("malformed") from problem


def _refusal(reason: RefusalReason) -> NotificationRefused:
    return NotificationRefused(reason, Answer(REFUSALS[reason], b'{"success":false}'))
