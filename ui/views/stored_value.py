"""Whose stored value is to pay at the counter: what they have, and what to do if it is too little."""

from ui.formatting import masked_phone
from ui.presenters.charge_state import ChargeState, StoredFunds
from ui.texts import Texts
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.tones import Tone


class StoredValueNotice(NoticeBar):
    """Draws the stored value of a ChargeState; hidden while no customer was looked for."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts.t("notice.dismiss"))
        self._texts = texts
        self._drawn: StoredFunds | None = None

    def show_state(self, state: ChargeState) -> None:
        """Draw who was found and what they have."""
        stored, texts = state.stored, self._texts
        if stored == self._drawn:
            return
        self._drawn = stored
        if stored is None:
            self.clear_notice()
            return
        phone = masked_phone(stored.phone)
        if not stored.name:
            words = texts.t("stored.unknown", phone=phone)
            self.show_notice(Tone.WARN, words, texts.t("stored.unknown_hint"), closable=False)
            return
        title = texts.t("stored.has", name=stored.name, phone=phone, amount=stored.available_minor)
        fresh = texts.t("stored.never_heard")
        if stored.heard_at is not None:
            fresh = texts.t("stored.as_of", at=stored.heard_at)
        if not stored.missing_minor:
            self.show_notice(Tone.OK, title, fresh, closable=False)
        else:
            lacks = texts.t("stored.missing", missing=stored.missing_minor)
            self.show_notice(Tone.WARN, title, f"{lacks} {fresh}", closable=False)
