"""Which encodings some bytes may be in: what they would read, and how usual its characters are.

Most encodings give a meaning to nearly any bytes, so that a file decodes says little. Texts of a
language are made of few characters: some hundreds of Han or Hangul make most of a page, and the
letters of an alphabet have their places in a word. `usual_share` weighs that, and `fitting` orders
the encodings by it. tests/corpora/test_encodings.py has the table of languages and encodings.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

SAMPLE = 1 << 16
"""Bytes that are read to judge an encoding, from the line of the first byte beyond ASCII."""

DOUBTFUL = 0.5
"""A reading with a smaller share of usual characters is hardly meant."""

WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
"""Encodings of two and four bytes a character, whose texts of ASCII are full of NULs."""

_NEAR = 0.2
"""A reading whose share is below the best one's by more is not worth naming."""
_CONTROLS = 0.02
"""A reading with a larger share of control characters is not meant."""
_DAMAGED = 0.03
"""A reading in which more of the characters beyond ASCII cannot be decoded is not meant."""
_MOST = 4
_REPLACED = "\ufffd"
_SHOWN = 24

_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
    "美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员"
    "解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件"
    "计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象"
    "完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运吃红风花百"
    "八九七六春秋夜雨云江湖言语字词句章请谁哪它您吗呢吧啊笑叫爱父母兄弟夫妇孩朋友早晚房屋木火土石衣食酒茶"
    "這個們來為國說時會對後過還進樣實軍無與長機經麼學當沒動開從應戰頭體見產話東聲員論處義幾條氣題爾別變總"
    "電數報結務場計資許統區隊決馬書則聽達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運請誰嗎風紅語詞"
    "愛婦媽親給裡裏現種於業關點間問門車錢買賣讀寫兒歲歡樂樹鳥魚龍飛馬雲陽陰靜"
    "気実発対楽変駅円図売読来国会学体当点声広仏込働町私彼僕君何誰今年月日本語人間時分前後上下中大小高新古"
    "長行見出入立休言話食飲買書読聞思知持待使作始終朝昼夜晩春夏秋冬雨雪風花山川海空犬猫鳥魚車道家店屋駅"
    "猫名生所暗泣記憶見始人間聞書生種族"
)
_HANGUL = frozenset(
    "이다는에의을가고로하지은를도한그리기사나서어자아있해들인시대라수니것일만과부정보거여게으장주스원면제상전던"
    "무우했까오내었구생신말야았선조성마때람와비된적공안세습요없모동되려소행위년중물학유용저할였문연경관간국민"
    "분방두치심당회영체월화미바집작호계법명남러네든좋같않알못속눈날길손몸밖앞뒤큰새운글책반석읽쓰음름봄"
)
_PUNCTUATION = frozenset(
    "、。「」『』・ー〜《》“”‘’—\u2026\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)

_LETTERS = {
    "Cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїє",
    "Greek": "αοιετνσυρκπμληωδγθςάέήίόύώχφβξζψ",
    "Hebrew": "יוהלאמרבתשנםעדקחפכןגטסזצךףץ",
    "Arabic": "اليمنترةبدعهسكوفأحقجشىطصإخضزءئثغذظپچگک",
    "Thai": "านรกอเงมยลวดทสต่้ี็ัิุูแคไปหจพชะโขใบ์ำถธผศณฟซฐืึ",
}
_ACCENTED = {
    "Western": "éèàçùâêîôûëïüäößñáíóúåæøãõ’‘“”–—…«»°§¿¡œ€ìò",
    "Central": "áéíóúýčďěňřšťůžąćęłńśźżőűöüäßôľĺŕăâîșțşţđ’‘“”„–—…",
    "Turkish": "şğıöüçâîİ’‘“”–—…",
}
_SPACES = frozenset("\xa0\u3000")


@dataclass(frozen=True, slots=True)
class Fit:
    """An encoding in which some bytes make a text that can be meant."""

    encoding: str
    """As `--encoding` takes it."""
    share: float
    """Of its characters beyond ASCII, how many are usual ones: 0 to 1."""
    line: str
    """Some of the text in this encoding, with its first character beyond ASCII."""
    damage: UnicodeDecodeError | None = None
    """Of the first byte that the encoding cannot read, where it reads nearly all of them."""


def fitting(data: bytes) -> list[Fit]:
    """The encodings that some bytes, which are not UTF-8, may be in; the likeliest first.

    At most four, each with another reading of the text; none where no reading can be meant.
    """
    fits = [fit for encoding in _CANDIDATES if (fit := fit_of(data, encoding)) is not None]
    fits.sort(key=lambda fit: -fit.share)
    kept: list[Fit] = []
    for fit in fits:
        if fit.share < max(fits[0].share - _NEAR, DOUBTFUL - 0.1) or len(kept) == _MOST:
            break
        fit = replace(fit, damage=_damage(data, fit.encoding))
        twin = next((each for each in kept if each.line == fit.line), None)
        if twin is None:
            kept.append(fit)
        elif twin.damage is not None and fit.damage is None:
            kept[kept.index(twin)] = fit
    return kept


def fit_of(data: bytes, encoding: str) -> Fit | None:
    """What a sample of the bytes is in an encoding; None where they are hardly that."""
    wide = encoding in _WIDE
    first = 0 if wide else _first_beyond_ascii(data)
    sample = data[data.rfind(b"\n", 0, first) + 1 if first else 0 :][:SAMPLE]
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    try:
        text = decoder.decode(sample, final=False)
    except UnicodeError:  # escape sequences that one of ISO-2022 cannot hold
        return None
    beyond = sum(char >= "\x80" for char in text)
    undecodable = text.count(_REPLACED)
    if undecodable > max(1, _DAMAGED * beyond) or _share_of_controls(text) > _CONTROLS:
        return None
    if wide and undecodable:
        return None
    return Fit(encoding, usual_share(text, encoding), _shown_line(text)) if text else None


def usual_share(text: str, encoding: str) -> float:
    """The share of usual characters among those beyond ASCII, 0 to 1, for a text so decoded.

    A character that the languages of the encoding seldom have, or a letter where it cannot stand
    (a capital after a small one, Greek beside Latin in one word), counts little or nothing. A text
    of ASCII alone is usual in the encodings of two and four bytes.
    """
    weigh = _CANDIDATES[encoding]
    beyond, weight = 0, 0.0
    last = ""
    for char, following in zip(text, f"{text} "[1:], strict=True):
        if char >= "\x80" and char not in _SPACES and char != _REPLACED:
            weight += weigh(last, char, following)
            beyond += 1
        last = char
    return weight / beyond if beyond else float(encoding in _WIDE)


def _damage(data: bytes, encoding: str) -> UnicodeDecodeError | None:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error
    return None


def _first_beyond_ascii(data: bytes) -> int:
    try:
        data.decode("ascii")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _share_of_controls(text: str) -> float:
    controls = sum(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in text)
    return controls / max(len(text), 1)


def _shown_line(text: str) -> str:
    at = next((i for i, char in enumerate(text) if char >= "\x80"), 0)
    first = text.rfind("\n", 0, at) + 1
    if at - first > _SHOWN // 2:
        first = text.find(" ", at - _SHOWN // 2, at) + 1 or at
    return " ".join(text[first:].partition("\n")[0][:_SHOWN].split())


def _east_asian(usual: Callable[[str], float]) -> Callable[[str, str, str], float]:
    def weigh(last: str, char: str, following: str) -> float:
        if char in _PUNCTUATION:
            return 1.0
        weight = usual(char)
        beside_latin = (last.isascii() and last.isalpha()) or (
            following.isascii() and following.isalpha()
        )
        return weight / 3 if beside_latin else weight

    return weigh


def _chinese(char: str) -> float:
    if char in _HAN:
        return 1.0
    if "\u4e00" <= char <= "\u9fff":
        return 0.3
    return 0.6 if "\uff01" <= char <= "\uff5e" else 0.2 if "\u3040" <= char <= "\u30ff" else 0.0


def _japanese(char: str) -> float:
    if "\u3041" <= char <= "\u3093":
        return 1.0
    if "\u30a1" <= char <= "\u30fc":
        return 0.8
    return min(_chinese(char), 0.8)


def _korean(char: str) -> float:
    if char in _HANGUL:
        return 1.0
    if "\uac00" <= char <= "\ud7a3":
        return 0.4
    return 0.1 if "\u4e00" <= char <= "\u9fff" else 0.6 if "\uff01" <= char <= "\uff5e" else 0.0


def _any_script(char: str) -> float:
    return max(_chinese(char), _japanese(char), _korean(char), 0.7 * (char in _ALL_LETTERS))


def _alphabet(script: str) -> Callable[[str, str, str], float]:
    letters = _LETTERS[script]
    common = frozenset(letters[: len(letters) // 2])
    every = frozenset(letters)

    def weigh(last: str, char: str, following: str) -> float:
        small = char.lower()
        if small not in every:
            return 0.7 if char in "«»“”„’–—…№،؟؛" else 0.0
        if any(each.isascii() and each.isalpha() for each in (last, following)):
            return 0.0
        if char != small and last.isalpha():
            return 0.0 if last.islower() else 0.5
        return 1.0 if small in common else 0.7

    return weigh


def _latin(kind: str) -> Callable[[str, str, str], float]:
    usual = frozenset(_ACCENTED[kind])

    def weigh(last: str, char: str, following: str) -> float:
        small = char.lower()
        if char in usual and not char.isalpha():
            return 0.8
        if small not in usual and char not in usual:
            return 0.0
        if char != small and last.islower():
            return 0.0
        beside = last.isascii() and last.isalpha(), following.isascii() and following.isalpha()
        return (0.1, 0.8, 1.0)[sum(beside)] if char == small else 0.7

    return weigh


_ALL_LETTERS = frozenset("".join((*_LETTERS.values(), *_ACCENTED.values())))
_CANDIDATES: dict[str, Callable[[str, str, str], float]] = {
    "gb18030": _east_asian(_chinese),
    "big5": _east_asian(_chinese),
    "shift_jis": _east_asian(_japanese),
    "cp932": _east_asian(_japanese),
    "euc_jp": _east_asian(_japanese),
    "euc_kr": _east_asian(_korean),
    "cp949": _east_asian(_korean),
    "iso2022_jp": _east_asian(_japanese),
    "iso2022_kr": _east_asian(_korean),
    "cp1252": _latin("Western"),
    "cp1250": _latin("Central"),
    "iso8859-2": _latin("Central"),
    "cp1254": _latin("Turkish"),
    "mac-roman": _latin("Western"),
    "cp850": _latin("Western"),
    "cp1251": _alphabet("Cyrillic"),
    "koi8-r": _alphabet("Cyrillic"),
    "koi8-u": _alphabet("Cyrillic"),
    "cp866": _alphabet("Cyrillic"),
    "iso8859-5": _alphabet("Cyrillic"),
    "cp1253": _alphabet("Greek"),
    "cp1255": _alphabet("Hebrew"),
    "cp1256": _alphabet("Arabic"),
    "cp874": _alphabet("Thai"),
    "utf-16-le": _east_asian(_any_script),
    "utf-16-be": _east_asian(_any_script),
    "utf-32-le": _east_asian(_any_script),
    "utf-32-be": _east_asian(_any_script),
}
_WIDE = frozenset(WIDE)
