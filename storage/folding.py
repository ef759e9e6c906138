"""Text as search finds it: lower case, without diacritics, phones in one form."""

import re
import unicodedata


def fold(text: str) -> str:
    """Return `text` in lower case without Vietnamese diacritics: `Nguyễn Đức` becomes `nguyen duc`."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def fold_phone(text: str) -> str:
    """Return the digits of a phone with the country code written as people dial it: `+84 903…` becomes `0903…`."""
    digits = re.sub(r"\D", "", text)
    return f"0{digits[2:]}" if digits.startswith("84") and len(digits) > 9 else digits
