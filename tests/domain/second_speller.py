"""A second speller of whole numbers, made in another way: digits are read out naively, then rules mend the speech."""

import re

from domain.money import Language

VIETNAMESE = dict(enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]))
VIETNAMESE_SCALES = ["", " nghìn", " triệu", " tỷ", " nghìn tỷ", " triệu tỷ"]
ENGLISH_SCALES = ["", " thousand", " million", " billion", " trillion", " quadrillion"]
MENDING = [
    (r"^không trăm không mươi không$", ""),
    (r" không mươi không$", ""),
    (r"không mươi ", "linh "),
    (r"một mươi", "mười"),
    (r"(mười|mươi) không$", r"\1"),
    (r"mươi một$", "mươi mốt"),
    (r"(mười|mươi) năm$", r"\1 lăm"),
]
LEADING = re.compile(r"^(không trăm )?(linh )?")
STEMS = {"2": "twen", "3": "thir", "4": "for", "5": "fif", "6": "six", "7": "seven", "8": "eigh", "9": "nine"}
NAMES = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight"}
NAMES["9"] = "nine"
ODD_TEENS = {"10": "ten", "11": "eleven", "12": "twelve", "14": "fourteen"}


def spell(number: int, language: Language) -> str:
    """Return a number of 0 to 10¹⁸ - 1 in small letters."""
    return spell_vietnamese(str(number)) if language is Language.VI else spell_english(str(number))


def groups_of(digits: str) -> list[str]:
    """Return the digits in threes, the lowest first, the highest filled up with zeros."""
    padded = digits.zfill(-(-len(digits) // 3) * 3)
    return [padded[at : at + 3] for at in range(len(padded) - 3, -1, -3)]


def spell_vietnamese(digits: str) -> str:
    """Read every group in full, mend its speech, and strip what is not said at the very beginning."""
    if digits == "0":
        return "không"
    groups = groups_of(digits)
    spoken: list[str] = []
    for place, group in enumerate(groups):
        hundreds, tens, ones = (VIETNAMESE[int(digit)] for digit in group)
        speech = f"{hundreds} trăm {tens} mươi {ones}"
        for pattern, mended in MENDING:
            speech = re.sub(pattern, mended, speech)
        if speech:
            # Only the lowest spoken group above 10⁹ says "tỷ": the ones above it count those billions.
            scale = VIETNAMESE_SCALES[place]
            if any(word.endswith("tỷ") for word in spoken):
                scale = scale.removesuffix(" tỷ")
            spoken.append(speech + scale)
    return LEADING.sub("", " ".join(reversed(spoken)))


def spell_english(digits: str) -> str:
    """Read the groups from the highest down, each from a table of stems."""
    if digits == "0":
        return "zero"
    spoken = [
        english_group(group) + ENGLISH_SCALES[place]
        for place, group in enumerate(groups_of(digits))
        if group.strip("0")
    ]
    return " ".join(reversed(spoken))


def english_group(group: str) -> str:
    """Read three digits that are not all zero."""
    said = [f"{NAMES[group[0]]} hundred"] if group[0] != "0" else []
    pair = group[1:]
    if pair in ODD_TEENS:
        said.append(ODD_TEENS[pair])
    elif pair[0] == "1":
        said.append(f"{STEMS[pair[1]]}teen")
    elif pair[0] == "0":
        said += [NAMES[pair[1]]] if pair[1] != "0" else []
    else:
        ending = f"-{NAMES[pair[1]]}" if pair[1] != "0" else ""
        said.append(f"{STEMS[pair[0]]}ty{ending}")
    return " ".join(said)
