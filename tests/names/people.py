"""Fictitious people for the tests of names."""

from tenprint.model import Biographics, Identifier, PersonName, Sex


def someone(
    given: str = "", family: str = "", *born: str, sex: Sex = Sex.UNKNOWN, **identifiers: str
) -> Biographics:
    names = (PersonName(given, family),) if given or family else ()
    return Biographics(
        names=names,
        birth_dates=born,
        sex=sex,
        identifiers=tuple(Identifier(kind, value) for kind, value in identifiers.items()),
    )
