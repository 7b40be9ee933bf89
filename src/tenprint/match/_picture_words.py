"""Scores in words."""

from __future__ import annotations

_NAMES = ((12, "trillion"), (9, "billion"), (6, "million"))


def odds(score: float) -> str:
    """A false-match rate for people: 6.38 becomes ``1 in 2.4 million``.

    Parameters
    ----------
    score : float
        Minus log10 of the rate.
    """
    if score >= 15:
        return "less than 1 in 1,000 trillion"
    number = 10.0 ** max(0.0, score)
    for exponent, name in _NAMES:
        # 999,999 is called a million.
        if number >= 0.995 * 10**exponent:
            return f"1 in {_short(number / 10**exponent)} {name}"
    return f"1 in {_short(number)}"


def _short(number: float) -> str:
    """Two significant digits, thousands set apart."""
    if number < 9.95:
        return f"{number:.1f}".removesuffix(".0")
    step = 10 ** (len(str(round(number))) - 2)
    return f"{round(number / step) * step:,}"
