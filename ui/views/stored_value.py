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
        self._brief = False

    def set_brief(self, brief: bool) -> None:
        """Where there is no height for all words, say only what matters most."""
        if brief is not self._brief:
            self._brief = brief
            self._draw(self._drawn)

    def show_state(self, state: ChargeState) -> None:
        """Draw who was found and what they have."""
        if state.stored != self._drawn:
            self._drawn = state.stored
            self._draw(state.stored)

    def _draw(self, stored: StoredFunds | None) -> None:
        texts = self._texts
        if stored is None:
            self.clear_notice()
            return
        phone = masked_phone(stored.phone)
        if not stored.name:
            words = texts.t("stored.unknown", phone=phone)
            self._say(Tone.WARN, words, texts.t("stored.unknown_hint"))
            return
        title = texts.t("stored.has", name=stored.name, phone=phone, amount=stored.available_minor)
        fresh = texts.t("stored.never_heard")
        if stored.heard_at is not None:
            fresh = texts.t("stored.as_of", at=stored.heard_at)
        if not stored.missing_minor:
            self._say(Tone.OK, title, fresh)
        else:
            lacks = texts.t("stored.missing", missing=stored.missing_minor)
            self._say(Tone.WARN, lacks if self._brief else title, f"{lacks} {fresh}")

    def _say(self, tone: Tone, title: str, text: str) -> None:
        self.show_notice(tone, title, "" if self._brief else text)
