"""Fictitious prints and people, seeded; nobody's fingers.

`person` gives the fictitious person of a number: a name and ten fingers, each of which gives as
many impressions as wanted. The same numbers give the same images on every machine.
`population` gives templates of fictitious people by the million, without images; `biographics`
gives names, birth dates and numbers by the million, and `vary` the same as others write them.
"""

from tenprint.synth._biographics import biographics
from tenprint.synth._finger import SyntheticFinger
from tenprint.synth._master import MasterPrint
from tenprint.synth._pattern import Pattern
from tenprint.synth._person import Person, person
from tenprint.synth._population import PackedTemplates, population, population_person
from tenprint.synth._population_style import PopulationStyle
from tenprint.synth._slap import SlapBox, SlapImage
from tenprint.synth._style import ImpressionStyle
from tenprint.synth._variants import VARIATIONS, vary, vary_as

__all__ = [
    "VARIATIONS",
    "ImpressionStyle",
    "MasterPrint",
    "PackedTemplates",
    "Pattern",
    "Person",
    "PopulationStyle",
    "SlapBox",
    "SlapImage",
    "SyntheticFinger",
    "biographics",
    "person",
    "population",
    "population_person",
    "vary",
    "vary_as",
]
