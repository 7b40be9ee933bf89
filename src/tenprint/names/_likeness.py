"""How alike two words are."""

from __future__ import annotations

import struct
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from tenprint.names._fold import Kind, Word, bones
from tenprint.names._words import FAMILIAR

#: Likeness of names of one family of nicknames, and of an initial with a name it begins.
NICKNAME, INITIAL = 0.9, 0.85

#: Share of Jaro-Winkler's likeness in the likeness of spellings; the rest is edit distance's.
_JARO = 0.35

#: What two words of one consonant skeleton are at least worth, at most.
_SKELETON = 0.78

#: What two words are worth of which one is written without vowels.
_BONES = 0.87

_NOTHING: frozenset[int] = frozenset()


@lru_cache(maxsize=262_144)
def word_likeness(a: Word, b: Word) -> tuple[float, str]:
    """Likeness 0 .. 1 of two words, and the reason; symmetric.

    The spelling counts, and the sound a little less: optimal string alignment (a transposition is
    one edit) and Jaro-Winkler over both.
    """
    if a.text == b.text:
        return 1.0, "same"
    if Kind.PARTICLE in (a.kind, b.kind):
        if a.kind is b.kind and a.sound == b.sound:
            return 0.97, "sound"
        # "Ben" may be a particle, or short for Benjamin.
        familiar = FAMILIAR.get(a.text, _NOTHING) & FAMILIAR.get(b.text, _NOTHING)
        return (NICKNAME, "nickname") if familiar else (0.0, "different")
    if Kind.INITIAL in (a.kind, b.kind):
        if len(a.text) != len(b.text) and a.text[0] == b.text[0]:
            return INITIAL, "initial"
        return 0.0, "different"
    if a.sound == b.sound:
        return 0.96, "sound"
    spelling = _letters(a.text, b.text)
    sound = 0.98 * _letters(a.sound, b.sound)
    best, reason = (spelling, "spelling") if spelling >= sound else (sound, "sound")
    if a.key == b.key and len(a.key) > 2:
        skeleton = _SKELETON + (1 - _SKELETON) * best * 0.6
        if skeleton > best:
            best, reason = skeleton, "sound"
    if best < _BONES:
        (rest, bare), (rest_b, bare_b) = bones(a.sound), bones(b.sound)
        if rest == rest_b and (bare or bare_b):
            best, reason = _BONES, "sound"
    if best < NICKNAME and FAMILIAR.get(a.text, _NOTHING) & FAMILIAR.get(b.text, _NOTHING):
        return NICKNAME, "nickname"
    return best, reason


def _letters(a: str, b: str) -> float:
    if not a or not b:
        return 0.0
    edits = OSA.normalized_similarity(a, b)
    return (1 - _JARO) * edits + _JARO * JaroWinkler.similarity(a, b)


@lru_cache(maxsize=65_536)
def packed_word(word: Word) -> bytes:
    """A word as native/names/word.h reads it."""
    rest, bare = bones(word.sound)
    families = sorted(FAMILIAR.get(word.text, _NOTHING))
    parts = [each.encode("latin-1") for each in (word.text, word.sound, rest, word.key)]
    text, sound, consonants, key = map(len, parts)
    head = struct.pack("<HHHBBBB", text, sound, consonants, key, word.kind, bare, len(families))
    return head + b"".join(parts) + struct.pack(f"<{len(families)}H", *families)
