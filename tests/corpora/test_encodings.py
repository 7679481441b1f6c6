"""Which encoding is named for a text of a language: the measured table, and what a file may be."""

from __future__ import annotations

import gzip
import lzma

import pytest

from seqtui.corpora.decoding import decode
from seqtui.corpora.encodings import fitting
from seqtui.corpora.errors import InputError

TEXTS = {
    "Chinese": "今天天气很好，我们一起去公园散步。孩子们在湖边放风筝，老人坐在树下喝茶聊天。\n",
    "a poem": "满纸荒唐言，一把辛酸泪！\n都云作者痴，谁解其中味？\n",
    "traditional Chinese": "今天天氣很好，我們一起去公園散步。老人坐在樹下喝茶聊天。\n",
    "a traditional poem": "滿紙荒唐言，一把辛酸淚！都云作者癡，誰解其中味？\n",
    "Japanese": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n",
    "katakana": "コンピュータのソフトウェアをインストールする方法です。\n",
    "Korean": "호수가의 작은 집\n",
    "more Korean": "어린 왕자는 작은 별에 살고 있었습니다. 그 별에는 장미꽃이 피어 있었어요.\n",
    "Russian": "Все счастливые семьи похожи друг на друга, каждая несчастливая по-своему.\n",
    "Ukrainian": "Реве та стогне Дніпр широкий, сердитий вітер завива.\n",
    "French": "Longtemps, je me suis couché de bonne heure. À la lumière, déjà…\n",
    "German": "Über allen Gipfeln ist Ruh, in allen Wipfeln spürest du kaum einen Hauch.\n",
    "Spanish": "¿Dónde está el niño? En un lugar de la Mancha.\n",
    "English": "“It’s a café,” she said — naïve, perhaps.\n",
    "a word": "café\n",
    "Polish": "Ojczyzno moja! ty jesteś jak zdrowie; ile cię trzeba cenić, kto cię stracił.\n",
    "Czech": "Příliš žluťoučký kůň úpěl ďábelské ódy.\n",
    "Turkish": "Bugün hava çok güzel, çocuklar bahçede oynuyor ve kuşlar ağaçlarda, ışık.\n",
    "Greek": "Μια φορά κι έναν καιρό ήταν ένα μικρό σπίτι δίπλα στη λίμνη.\n",
    "Hebrew": "פעם אחת היה בית קטן ליד האגם והילדים שיחקו בגן.\n",
    "Arabic": "كان هناك بيت صغير بجانب البحيرة وكان الأطفال يلعبون في الحديقة.\n",
    "Thai": "กาลครั้งหนึ่งมีบ้านหลังเล็กอยู่ริมทะเลสาบ\n",
}
TABLE = [
    *[("Chinese", each) for each in ("gb18030", "utf-16-le", "utf-16-be", "utf-32-le")],
    *[("a poem", each) for each in ("gb18030", "utf-16-le")],
    *[("traditional Chinese", each) for each in ("big5", "gb18030", "utf-16-be")],
    *[("a traditional poem", each) for each in ("big5", "gb18030")],
    *[("Japanese", each) for each in ("shift_jis", "euc_jp", "utf-16-le", "utf-32-be")],
    *[("katakana", each) for each in ("shift_jis", "euc_jp")],
    *[(each, "euc_kr") for each in ("Korean", "more Korean")],
    ("Korean", "utf-16-le"),
    *[("Russian", each) for each in ("koi8-r", "cp1251", "cp866", "iso8859-5", "utf-16-le")],
    *[("Ukrainian", each) for each in ("koi8-u", "cp1251")],
    *[(each, "cp1252") for each in ("French", "German", "Spanish", "English", "a word")],
    *[(each, "mac-roman") for each in ("French", "German", "English")],
    ("German", "cp850"),
    *[(each, code) for each in ("Polish", "Czech") for code in ("cp1250", "iso8859-2")],
    ("Turkish", "cp1254"),
    ("Greek", "cp1253"),
    ("Hebrew", "cp1255"),
    ("Arabic", "cp1256"),
    ("Thai", "cp874"),
]


@pytest.mark.parametrize(("language", "encoding"), TABLE)
def test_the_likeliest_encoding_reads_the_text(language: str, encoding: str) -> None:
    text = TEXTS[language]
    best, *others = fitting(text.encode(encoding))
    assert text.encode(encoding).decode(best.encoding) == text
    assert all(best.share > other.share for other in others if other.line != best.line) or (
        language == "Spanish"  # which central European readings of it also might be
    )


@pytest.mark.parametrize(("language", "encoding"), TABLE)
def test_only_chinese_is_read_unnamed_and_all_others_are_refused_with_their_line(
    language: str, encoding: str
) -> None:
    data = TEXTS[language].encode(encoding)
    if encoding == "gb18030":
        assert decode(data, "book.txt") == (TEXTS[language], "gb18030")
        return
    with pytest.raises(InputError) as caught:
        decode(data, "book.txt")
    message = str(caught.value)
    assert "--encoding " in message
    if b"\0" not in data:
        line = message.split(" would read “")[1].partition("”")[0]
        assert line in " ".join(TEXTS[language].split())
        named = message.split("--encoding ")[1].split()[0]
        assert decode(data, "book.txt", named)[0] == TEXTS[language]
    else:
        assert encoding in message


def refusal(data: bytes, encoding: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        decode(data, "book.txt", encoding)
    return str(caught.value)


def test_utf8_that_is_cut_or_damaged_is_told_with_its_place_and_how_much_is_good() -> None:
    data = "今天天气很好\n今天".encode()[:-1]
    for message in (refusal(data), refusal(data, "utf-8")):
        assert (
            "UTF-8, but cut inside its last character (byte 0xe5 at offset 22, line 2)" in message
        )
        assert "all but 2 of 24 bytes are UTF-8" in message
    message = refusal("naïve café\nd".encode() + b"\xe9" + "jà vu déjà\n".encode())
    assert "damaged UTF-8 (byte 0xe9 at offset 14, line 2)" in message
    assert "all but 1 of 29 bytes are UTF-8" in message
    assert "cp1252" not in message


def test_a_file_with_more_rubbish_than_utf8_is_not_called_utf8() -> None:
    assert "damaged UTF-8" not in refusal("déjà vu, garçon, naïve".encode("cp1252"))


def test_a_mark_of_utf32_is_not_taken_for_that_of_utf16() -> None:
    assert decode("中文 text".encode("utf-32"), "book.txt") == ("中文 text", "utf-32")


def test_ascii_in_four_bytes_gets_its_option_named() -> None:
    assert "--encoding utf-32-be" in refusal("plain words\n".encode("utf-32-be"))


def test_seven_bit_japanese_is_not_taken_for_ascii() -> None:
    data = "吾輩は猫である。".encode("iso2022_jp")
    assert "--encoding iso2022_jp would read “吾輩は猫である。”" in refusal(data)
    assert decode(data, "book.txt", "iso2022_jp")[0] == "吾輩は猫である。"
    assert decode(b"\x1b[31mred\x1b[0m", "book.txt")[1] == "utf-8"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(b"words"), ("gzip", "gunzip -c")),
        (lzma.compress(b"words"), ("xz", "xz -dc")),
        (b"PK\x03\x04\x14\0\0\0word/document.xml", ("Office", "plain text")),
        (b"PK\x03\x04\x14\0\0\0mimetypeapplication/epub+zip", ("EPUB", "pandoc")),
        (b"PK\x03\x04\x14\0\0\0book.txt", ("zip archive", "unpack")),
        (b"%PDF-1.7\n%\xe2\xe3", ("PDF", "pdftotext")),
        (b"{\\rtf1\\ansi Words.}", ("RTF", "plain text")),
    ],
)
def test_a_file_of_another_kind_is_named_with_the_way_to_its_text(
    data: bytes, says: tuple[str, ...]
) -> None:
    message = refusal(data)
    assert all(each in message for each in says)
