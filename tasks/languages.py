"""Languages as people write them: `de`, `deu`, `German`, `de_DE`, `deu_Latn`, and columns named by one, `text_de`."""

from __future__ import annotations

import re

_LANGUAGES = """
af afr afrikaans
am amh amharic
ar ara arabic
ast ast asturian
az aze azerbaijani
ba bak bashkir
be bel belarusian
bg bul bulgarian
bn ben bengali
br bre breton
bs bos bosnian
ca cat catalan
ceb ceb cebuano
cs ces czech cze
cy cym welsh wel
da dan danish
de deu german ger deutsch
el ell greek gre
en eng english
es spa spanish español
et est estonian
fa fas persian per farsi
ff ful fulah
fi fin finnish
fr fra french fre français
fy fry frisian
ga gle irish
gd gla gaelic
gl glg galician
gu guj gujarati
ha hau hausa
he heb hebrew
hi hin hindi
hr hrv croatian
ht hat haitian
hu hun hungarian
hy hye armenian arm
id ind indonesian
ilo ilo ilocano
is isl icelandic ice
it ita italian italiano
ja jpn japanese
jv jav javanese
ka kat georgian geo
kk kaz kazakh
km khm khmer
kn kan kannada
ko kor korean
lb ltz luxembourgish
lg lug luganda
ln lin lingala
lo lao lao
lt lit lithuanian
lv lav latvian
mg mlg malagasy
mk mkd macedonian mac
ml mal malayalam
mn mon mongolian
mr mar marathi
ms msa malay may
my mya burmese bur
nb nob bokmål
ne nep nepali
nl nld dutch dut
nn nno nynorsk
no nor norwegian
oc oci occitan
pa pan punjabi
pl pol polish
ps pus pashto
pt por portuguese português
ro ron romanian rum
ru rus russian
sd snd sindhi
si sin sinhala
sk slk slovak slo
sl slv slovenian
sq sqi albanian alb
sr srp serbian
ss ssw swati
su sun sundanese
sv swe swedish
sw swa swahili swh
ta tam tamil
th tha thai
tl tgl tagalog
tn tsn tswana
tr tur turkish
uk ukr ukrainian
ur urd urdu
uz uzb uzbek
vi vie vietnamese
wo wol wolof
xh xho xhosa
yi yid yiddish
yo yor yoruba
zh zho chinese chi cmn
zu zul zulu
"""
_BY_SPELLING = {
    spelling: line.split()[0]
    for line in _LANGUAGES.strip().splitlines()
    for spelling in line.split()
}
_NOT_NAMES = frozenset({"id", "no", "or"})
"""Codes that mean other things as the name of a column."""
_THREE_LETTERS = """
eng deu ger fra fre spa ita por nld dut rus zho chi jpn kor ara hin tur pol ces swe ukr vie
"""
"""The codes of three letters that a column may be named by alone: `cat`, `est` and `fin` mean other things."""
_WORDS = frozenset({"is", "it", "he", "my", "so", "be", "am"})
"""Codes that are words too, so that `is_text` and `my_sentence` name no language."""
_FILLERS = """
text texts sentence sentences word words phrase segment string line source src target tgt trg translation translated
original lang language
"""
_SCRIPTS = """
latn cyrl arab hans hant deva jpan hang kore grek hebr thai beng ethi geor armn taml telu
"""
_REGIONS = """
xx us gb uk ca au ie za de at ch fr be es mx ar br pt it nl se dk fi pl cz ro ru ua tr cn tw hk sg jp kr in ir il vn
th lt lv ee eg sa ma ke
"""
_BARE_CODES = frozenset(_THREE_LETTERS.split())
_BESIDE = frozenset((_FILLERS + _SCRIPTS).split())
_BEHIND = frozenset((_SCRIPTS + _REGIONS).split())
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_TWO = 2


def language_code(spelling: str) -> str | None:
    """The code of two letters (three, where there are no two) of a language as settings name it; None if unknown."""
    words = _LETTERS.findall(spelling.lower())
    return _BY_SPELLING.get(words[0]) if words else None


def language_name(code: str) -> str | None:
    """The English name of a language by its code of two letters, such as `German`."""
    for line in _LANGUAGES.strip().splitlines():
        two, _, name, *_ = line.split()
        if two == code:
            return name.capitalize()
    return None


def column_language(header: str) -> str | None:
    """The code of the one language that a column is named by, such as `de`, `pt-BR`, `text_en` or
    `English words/sentences`; None where it names none or several."""
    words = [] if _DIGIT.search(header) else _LETTERS.findall(header.lower())
    if len(words) == 1:
        return _named(words[0])
    if len(words) == _TWO and words[1] in _BEHIND and words[0] not in _BESIDE:
        return _BY_SPELLING.get(words[0]) if words[0] not in _NOT_NAMES else None
    languages = []
    for word in words:
        code = None if word in _WORDS else _named(word)
        if code:
            languages.append(code)
    rest = [word for word in words if word not in _BY_SPELLING]
    is_language = len(languages) == 1 and len(words) == len(rest) + 1
    if is_language and {*rest} <= _BESIDE:
        return languages[0]
    return None


def _named(word: str) -> str | None:
    code = _BY_SPELLING.get(word)
    is_name = len(word) != len("eng") or word in _BARE_CODES or word == code
    return code if is_name and word not in _NOT_NAMES else None
