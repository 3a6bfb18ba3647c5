from __future__ import annotations

import pytest

from functions.inspect.formats import UnreadableError
from functions.inspect.formats.encodings import (
    encoding_of,
    is_western,
    require_windows_1252,
)

RUSSIAN = "Очень хороший фильм, советую всем посмотреть его вечером.\n"
GREEK = "Πολύ καλή ταινία, τη συνιστώ σε όλους τους φίλους μου.\n"
HEBREW = "סרט טוב מאוד, אני ממליץ עליו לכל החברים שלי.\n"
ARABIC = "هذا الفيلم جميل جدا وأنصح الجميع بمشاهدته في المساء.\n"
JAPANESE = "とても面白い映画でした。友達にもすすめたいと思います。\n"
KOREAN = "이 영화는 정말 재미있고 다시 보고 싶은 영화입니다.\n"
CHINESE = "这是一部非常好的电影，我会推荐给我的朋友们。\n"
TRADITIONAL = "這是一部非常好的電影，我會推薦給我的朋友們。\n"
FRENCH = "Un très bon film, où l'été paraît léger et la fête à côté.\n"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (RUSSIAN, "cp1251", "Windows-1251"),
        (RUSSIAN, "koi8_r", "KOI8-R"),
        (GREEK, "cp1253", "Windows-1253"),
        (HEBREW, "cp1255", "Windows-1255"),
        (ARABIC, "cp1256", "Windows-1256"),
        (JAPANESE, "cp932", "Shift-JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (KOREAN, "cp949", "EUC-KR"),
        (CHINESE, "gb18030", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
        (FRENCH, "mac_roman", "Mac Roman"),
    ],
)
def test_an_encoding_is_inferred_from_the_letters_of_its_language(
    text: str, codec: str, name: str
) -> None:
    encoding = encoding_of(f"text,label\n{text * 20}".encode(codec))
    assert encoding.name == name
    assert f"it is read as {name}" in encoding.warning


@pytest.mark.parametrize("text", [RUSSIAN, GREEK, JAPANESE, FRENCH, "plain\n", ""])
def test_utf_8_is_the_rule(text: str) -> None:
    assert (encoding_of(text.encode()).name, encoding_of(text.encode()).warning) == (
        "UTF-8",
        "",
    )


def test_western_letters_are_left_to_the_repair_of_single_lines() -> None:
    assert encoding_of(FRENCH.encode("cp1252") * 20).name == "UTF-8"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_seen_with_and_without_its_mark(codec: str) -> None:
    content = f"text,label\n{FRENCH}".encode(codec)
    encoding = encoding_of(content)
    assert encoding.name == "UTF-16"
    assert "Un très bon film" in content.decode(encoding.codec)


def test_a_few_broken_lines_do_not_change_the_encoding() -> None:
    content = RUSSIAN.encode() * 20 + RUSSIAN.encode("cp1251")
    assert encoding_of(content).name == "UTF-8"


def test_bytes_of_no_sure_encoding_are_refused() -> None:
    with pytest.raises(UnreadableError) as raised:
        encoding_of(
            "Bardzo dobry film, żółć, gęśl i jaźń są tu świetne.\n".encode("cp1250")
            * 20
        )
    assert raised.value.problem.expected == "text in UTF-8"
    assert raised.value.problem.remedy == "Save the file as UTF-8 and upload it again."


def test_windows_1252_is_required_to_look_western() -> None:
    require_windows_1252(FRENCH.encode("cp1252"))
    with pytest.raises(UnreadableError):
        require_windows_1252(RUSSIAN.encode("cp1251"))


@pytest.mark.parametrize(
    "text", ["café", "Größe", "niño", "søster", "þú ert góð", "“quoted”"]
)
def test_western_languages_are_western(text: str) -> None:
    assert is_western(text)


@pytest.mark.parametrize("text", ["Î÷åíü õîðîøèé", "ąęśćż", "a\ufffdb"])
def test_other_letters_are_not_western(text: str) -> None:
    assert not is_western(text)
