"""Other scripts in Latin letters, by our own rules.

Tables follow the common popular romanisations (ICAO Doc 9303 part 3, ISO 843, ISO 9985, ISO 9984,
ISO 233 and ISO 259 simplified to plain letters); what matters is not that they are exact but that
the same name lands near the same letters. Scripts without a table are read through the names that
the Unicode character database gives their letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def _table(letters: str, latin: str) -> dict[str, str]:
    return {a: "" if b == "-" else b for a, b in zip(letters.split(), latin.split(), strict=True)}


_LATIN = _table("ß æ œ ø ł đ ð þ ı ə ħ ŧ ŋ ĸ ſ", "ss ae oe o l d d th i a h t n k s")
_CYRILLIC = _table(
    "а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я "
    "і ї є ґ ў ђ ј љ њ ћ џ ѓ ќ ѕ ә ғ қ ң ө ұ ү һ",
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya "
    "i yi ye g u dj j lj nj c dz g k dz a gh q n o u u h",
)
_GREEK = _table(
    "α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ ς τ υ φ χ ψ ω",
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
)
_GREEK_PAIRS = _table("ου αι ει οι αυ ευ μπ ντ γκ γγ τζ", "ou ai ei oi av ev b d g ng tz")
_ARABIC = _table(
    "ا أ إ آ ٱ ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه ى ة ء ؤ ئ "
    "پ چ ژ گ ک ٹ ڈ ڑ ں ھ ہ ے ۀ",
    "a a i a a b t th j h kh d dh r z s sh s d t z a gh f q k l m n h a a - u i "
    "p ch zh g k t d r n h h e e",
)
_HEBREW = _table(
    "א ב ג ד ה ז ח ט כ ך ל מ ם נ ן ס ע פ ף צ ץ ק ר ש ת",
    "a b g d h z h t k k l m m n n s a p f ts ts k r sh t",
)
_ARMENIAN = _table(
    "ա բ գ դ ե զ է ը թ ժ ի լ խ ծ կ հ ձ ղ ճ մ յ ն շ ո չ պ ջ ռ ս վ տ ր ց ւ փ ք օ ֆ և",
    "a b g d e z e e t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts v p k o f ev",
)
_GEORGIAN = _table(
    "ა ბ გ დ ე ვ ზ თ ი კ ლ მ ნ ო პ ჟ რ ს ტ უ ფ ქ ღ ყ შ ჩ ც ძ წ ჭ ხ ჯ ჰ",
    "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h",
)
# Readings (Hanyu Pinyin) of frequent family names and of the characters that names of other
# languages are usually written with.
_HAN = _table(
    "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 "
    "蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 付 方 白 邹 孟 熊 秦 邱 江 尹 薛 "
    "闫 段 雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫 孔 向 汤 習 习 近 平 張 劉 陳 楊 黃 趙 吳 孫 馬 羅 鄭 "
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀 霞 桂 英 华 玉 兰 红 建 国 文 志 海 小 春 梅 "
    "贝 拉 克 奥 巴 斯 尔 德 特 亚 阿 伊 里 西 尼 米 诺 普 京 弗 基 卡 布 托 比 达 迪 安 塔 萨 瓦 维 科 多 哈 贾 乔 治 约 翰 穆 罕 默",
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng "
    "liang xie song tang xu han feng deng cao peng zeng xiao tian dong yuan pan yu "
    "jiang cai yu du ye cheng su wei lü ding ren shen yao lu jiang cui zhong tan lu wang fan jin "
    "shi liao jia xia wei fu fang bai zou meng xiong qin qiu jiang yin xue "
    "yan duan lei hou long shi tao li he gu mao hao gong shao wan qian yan qin wu dai mo kong "
    "xiang tang xi xi jin ping zhang liu chen yang huang zhao wu sun ma luo zheng "
    "wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiu xia gui ying "
    "hua yu lan hong jian guo wen zhi hai xiao chun mei "
    "bei la ke ao ba si er de te ya a yi li xi ni mi nuo pu jing fu ji ka bu tuo bi da di an ta sa "
    "wa wei ke duo ha jia qiao zhi yue han mu han mo",
)  # fmt: skip
_TABLE = (
    _LATIN | _CYRILLIC | _GREEK | _ARABIC | _HEBREW | _ARMENIAN | _GEORGIAN | _HAN
)  # fmt: skip
_PAIRS = _GREEK_PAIRS | {"ու": "u"}
#: Letters that are a consonant at the beginning and a vowel elsewhere.
_HALF_VOWELS = {"و": ("w", "u"), "ي": ("y", "i"), "ی": ("y", "i"), "ו": ("v", "o"), "י": ("y", "i")}


def to_latin(text: str) -> str:
    """Lower-case text with every letter in plain Latin, marks removed; other signs stay."""
    if text.isascii():
        return text
    for pair, latin in _PAIRS.items():
        text = text.replace(pair, latin)
    out: list[str] = []
    at_start = True
    for character in text:
        if character in _HALF_VOWELS:
            piece = _HALF_VOWELS[character][0 if at_start else 1]
        else:
            known = _TABLE.get(character)
            piece = character if character < "\x80" else known if known is not None else ""
            if known is None and character >= "\x80":
                _by_name(character, out)
                at_start = unicodedata.category(character)[0] not in "LM"
                continue
        out.append(piece)
        at_start = not (character.isalpha() or unicodedata.combining(character))
    return "".join(out)


@lru_cache(maxsize=8192)
def _name_of(character: str) -> str:
    return unicodedata.name(character, "")


def _by_name(character: str, out: list[str]) -> None:
    """Append what the letter is called, as Unicode's names spell it; marks change what is there."""
    category = unicodedata.category(character)
    plain = unicodedata.normalize("NFKD", character)
    if plain[0] < "\x80" or (plain != character and plain[0] in _TABLE):
        for each in plain:  # an accent over a letter we know
            out.append(_TABLE.get(each, each if each < "\x80" else ""))
        return
    name = _name_of(character)
    word = name.rpartition(" ")[2].lower()
    if "VIRAMA" in name or "COENG" in name:
        _drop_vowel(out)
    elif "VOWEL SIGN" in name:
        _drop_vowel(out)
        out.append(word)
    elif "ANUSVARA" in name:
        out.append("n")
    elif "KATAKANA" in name or "HIRAGANA" in name:
        if "LETTER SMALL Y" in name and out and out[-1].endswith("i"):
            out[-1] = out[-1][:-1] + word
        elif "LETTER SMALL TU" not in name and "LETTER" in name:
            out.append(word)
        elif category[0] == "P":
            out.append(" ")
    elif category[0] == "L":
        thai = name.startswith(("THAI CHARACTER", "LAO LETTER")) and " " in name[15:]
        out.append(name.split()[2][0].lower() if thai else word)
    elif category[0] in "ZPS":
        out.append(" ")


def _drop_vowel(out: list[str]) -> None:
    """Take the vowel away that a letter's name ends with, ``ka`` to ``k``."""
    if out and len(out[-1]) > 1 and out[-1][-1] in "ao":
        out[-1] = out[-1][:-1]
