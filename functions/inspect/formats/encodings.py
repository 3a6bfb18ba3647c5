"""The encoding of a text file, decided from its first bytes.

UTF-8 is the rule, and single lines of Windows-1252 in it are repaired. Where most lines with other than ASCII letters
are no UTF-8, an encoding is chosen only if its letters are those of a language that is written in it: any bytes can be
decoded in many ways, and a wrong one gives a model of nonsense.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import pairwise

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import UnreadableError

SAVE_AS_UTF8 = "Save the file as UTF-8 and upload it again."
_WESTERN = frozenset("éèàçêôîâûùëïüöäßñáíóúãõåøæœìòÿÉÈÀÇÊÔÎÂÛÙËÏÜÖÄÑÁÍÓÚÃÕÅØÆŒÌÒªº")
_ICELANDIC = frozenset("áéíóúýþæöðÁÉÍÓÚÝÞÆÖÐ")
_SHARE_OF_LETTERS = 0.9
_NULL_SHARE = 0.3
_SMALL_A_CAPITAL = 20
"""Small letters that a text has at least for every capital inside a word."""


@dataclass(frozen=True)
class Encoding:
    """How bytes become text. `warning` is there where the encoding was inferred."""

    codec: str
    name: str
    errors: str = "surrogateescape"
    warning: str = ""


UTF8 = Encoding("utf-8-sig", "UTF-8")
_UTF16 = Encoding("utf-16", "UTF-16", "replace")


@dataclass(frozen=True)
class _Script:
    """A script that an encoding is used for; `common` characters make up at least `share` of its text."""

    codec: str
    name: str
    letters: re.Pattern[str]
    common: frozenset[str]
    share: float


def _script(codec: str, name: str, letters: str, common: str, share: float) -> _Script:
    return _Script(codec, name, re.compile(f"[{letters}]"), frozenset(common), share)


_CASED = frozenset({"cp1251", "koi8_r", "cp1253"})
_MIXED = re.compile(r"[A-Za-z][^\W\d_a-zA-Z]")
"""A letter outside ASCII after one of ASCII, as no script but the Latin has it."""
_DRAWING = re.compile("[\u2500-\u259f]")
"""Lines and blocks, which KOI8-R has where other encodings have letters."""
_FINAL_SIGMA_INSIDE = re.compile(r"ς\w")
_HAN = "\u4e00-\u9fff"
_KANA = "".join(map(chr, range(0x3041, 0x30FF)))
_SCRIPTS = (
    _script("cp1251", "Windows-1251", "а-яёіїєґ", "аеёиоуыэюяіїє", 0.3),
    _script("koi8_r", "KOI8-R", "а-яёіїєґ", "аеёиоуыэюяіїє", 0.3),
    _script("cp1253", "Windows-1253", "α-ωά-ώ", "αοιετσνηυρπκςμό", 0.6),
    _script("cp1255", "Windows-1255", "א-ת", "יוהלאמרתבנש", 0.55),
    _script("cp1256", "Windows-1256", "\u0621-\u064a", "اليمونترهبسعدف", 0.7),
    _script("cp932", "Shift-JIS", f"\u3041-\u30fe{_HAN}", _KANA, 0.3),
    _script("euc_jp", "EUC-JP", f"\u3041-\u30fe{_HAN}", _KANA, 0.3),
    _script(
        "cp949",
        "EUC-KR",
        "\uac00-\ud7a3",
        "이다는을에가고의하지은도로를한기사어인나리요니",
        0.25,
    ),
    _script(
        "gb18030",
        "GB18030",
        _HAN,
        "的一是不了在人有我他这个们中来上大为和国到以说时要就出会可也你对生能而子那得好非常很没",
        0.15,
    ),
    _script(
        "big5",
        "Big5",
        _HAN,
        "的一是不了在人有我他這個們中來上大為和國到以說時要就出會可也你對生能而子那得好非常很沒",
        0.15,
    ),
)


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins with `head`; raises `UnreadableError` where none is sure."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _UTF16
    if unmarked := _unmarked_utf16(head):
        return unmarked
    lines = [line for line in head.splitlines() if not line.isascii()]
    broken = [line for line in lines[:-1] or lines if not _is_utf8(line)]
    if len(broken) * 2 <= len(lines):
        return UTF8
    return _inferred(b"\n".join(broken))


def require_windows_1252(sample: bytes) -> None:
    """Raises `UnreadableError` where lines that are no UTF-8 do not look like a western language in Windows-1252."""
    if not is_western(sample.decode("cp1252", "replace")):
        raise _unknown(sample)


def is_western(text: str) -> bool:
    """Whether the letters outside ASCII are those of western European languages, where these have them."""
    fits = misfits = icelandic = 0
    for before, letter, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if letter.isascii():
            continue
        if letter.isalpha():
            is_inner_capital = letter.isupper() and before.islower()
            fits += letter in _WESTERN and not is_inner_capital
            icelandic += letter in _ICELANDIC and not is_inner_capital
            misfits += 1
        elif letter == "\ufffd" or (
            before.isalpha() and after.isalpha() and letter not in "’–—-"
        ):
            misfits += 1
    # `misfits` counts every letter, so that what fits is a share of it.
    return max(fits, icelandic) >= _SHARE_OF_LETTERS * misfits and not _has_runs(text)


def _has_runs(text: str) -> bool:
    """Whether most words with a letter outside ASCII have hardly another one, as no western language has."""
    words = [word for word in text.split() if not word.isascii() and word.isalpha()]
    runs = 0
    for word in words:
        ascii_letters = sum(map(str.isascii, word))
        if ascii_letters * 2 < len(word) and len(word) > 2:
            runs += 1
    return runs * 2 > len(words)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(head: bytes) -> Encoding | None:
    """UTF-16 without its mark: text with ASCII in it has a zero byte beside each of those characters."""
    size = len(head) // 2
    if size and head[1::2].count(0) >= _NULL_SHARE * size and not head[::2].count(0):
        return Encoding("utf-16-le", "UTF-16", "replace")
    if size and head[::2].count(0) >= _NULL_SHARE * size and not head[1::2].count(0):
        return Encoding("utf-16-be", "UTF-16", "replace")
    return None


def _inferred(sample: bytes) -> Encoding:
    """The only encoding that the sample fits; Windows-1252 goes first."""
    if is_western(sample.decode("cp1252", "replace")):
        return UTF8
    fitting = [script for script in _SCRIPTS if _fits(sample, script)]
    if len(fitting) == 1:
        return _with_warning(sample, fitting[0].codec, fitting[0].name)
    if not fitting and is_western(sample.decode("mac_roman")):
        return _with_warning(sample, "mac_roman", "Mac Roman")
    raise _unknown(sample)


def _fits(sample: bytes, script: _Script) -> bool:
    text = sample.decode(script.codec, "replace")
    foreign = [letter for letter in text if letter.isalpha() and not letter.isascii()]
    letters = script.letters.findall(text.lower())
    if text.count("\ufffd") > len(text) / 100 or not letters:
        return False
    if script.codec in _CASED and not _is_written_in_lower_case(text):
        return False
    if _DRAWING.search(text) or _is_greek_by_chance(text, script):
        return False
    if len(_MIXED.findall(text)) > len(letters) * (1 - _SHARE_OF_LETTERS):
        return False
    common = sum(letter in script.common for letter in letters)
    return len(letters) >= _SHARE_OF_LETTERS * len(
        foreign
    ) and common >= script.share * len(letters)


def _is_greek_by_chance(text: str, script: _Script) -> bool:
    """Whether the letter that ends Greek words stands inside of most that have it."""
    inside = len(_FINAL_SIGMA_INSIDE.findall(text))
    return script.codec == "cp1253" and inside * 2 > text.count("ς")


def _is_written_in_lower_case(text: str) -> bool:
    """Whether most letters outside ASCII are small, and hardly a capital follows a small one."""
    small = capitals = inner = 0
    for before, letter in pairwise(" " + text):
        if not letter.isascii():
            small += letter.islower()
            capitals += letter.isupper()
            inner += letter.isupper() and before.islower()
    return small > capitals and inner * _SMALL_A_CAPITAL <= small


def _with_warning(sample: bytes, codec: str, name: str) -> Encoding:
    first = sample.decode(codec, "replace").partition("\n")[0].strip()
    warning = (
        f"the file is not UTF-8; it is read as {name}, for example {quoted(first, 40)}. "
        "Save it as UTF-8 if letters look wrong."
    )
    return Encoding(codec, name, "replace", warning)


def _unknown(sample: bytes) -> UnreadableError:
    lines = sample.decode("latin-1").splitlines()
    first = next((line for line in lines if not line.isascii()), "")
    actual = f"bytes of another encoding, for example in {quoted(first.strip(), 40)}"
    return UnreadableError(Problem("text in UTF-8", actual, SAVE_AS_UTF8))
