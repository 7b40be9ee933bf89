"""Names for people who do not exist, put together from syllables."""

from __future__ import annotations

from tenprint.synth._random import stream

_OPENINGS = ("Al", "Be", "Cor", "Da", "El", "Fa", "Gi", "Hal", "Io", "Ka", "Lu", "Mi", "Ne", "Or",
             "Pa", "Quin", "Ro", "Sa", "Te", "Ul", "Va", "Wil", "Xa", "Yo", "Ze")  # fmt: skip
_MIDDLES = ("ba", "da", "fe", "li", "lo", "ma", "mi", "na", "no", "ra", "ri", "sa", "ti", "vi")
_GIVEN_ENDS = ("bel", "dan", "len", "lia", "mar", "na", "nor", "rin", "sel", "tha", "vin", "ya")
_PLACES = ("Amber", "Birch", "Brook", "Cinder", "Dale", "Elder", "Fallow", "Glen", "Hazel",
           "Kestrel", "Larch", "Marsh", "North", "Otter", "Quarry", "Reed", "Stone", "Thorn",
           "Umber", "Willow")  # fmt: skip
_FAMILY_ENDS = ("bank", "bury", "croft", "den", "field", "ford", "gate", "hurst", "lock", "mere",
                "ridge", "shaw", "stead", "ton", "well", "wick", "worth")  # fmt: skip


def fictitious_name(seed: int) -> str:
    """A given and a family name; some 1.4 million differ."""
    rng = stream("name", seed)

    def pick(words: tuple[str, ...]) -> str:
        return words[int(rng.integers(len(words)))]

    return (
        f"{pick(_OPENINGS)}{pick(_MIDDLES)}{pick(_GIVEN_ENDS)} {pick(_PLACES)}{pick(_FAMILY_ENDS)}"
    )
