"""What OSIA's ABIS interface, version 1.6.0, sends and receives.

Written after the interface's schemas; names are theirs. Anything not named is refused, as the
standard asks. The standard leaves biographic and contextual data open: any JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]

#: Base64 of an image or a template; the body's limit bounds it.
Buffer = str

#: The most items of one list; a ten-print card has 14 images.
MOST = 100

BiometricType = Literal["FACE", "FINGER", "IRIS", "SIGNATURE", "UNKNOWN"]


def _among(names: Collection[str]) -> Callable[[str], str]:
    known = frozenset(names)

    def check(value: str) -> str:
        if value not in known:
            raise ValueError("no such name")
        return value

    return check


SUB_TYPES = (
    *("UNKNOWN", "RIGHT_THUMB", "RIGHT_INDEX", "RIGHT_MIDDLE", "RIGHT_RING", "RIGHT_LITTLE"),
    *("LEFT_THUMB", "LEFT_INDEX", "LEFT_MIDDLE", "LEFT_RING", "LEFT_LITTLE"),
    *("PLAIN_RIGHT_FOUR_FINGERS", "PLAIN_LEFT_FOUR_FINGERS", "PLAIN_THUMBS"),
    *("UNKNOWN_PALM", "RIGHT_FULL_PALM", "RIGHT_WRITERS_PALM", "LEFT_FULL_PALM"),
    *("LEFT_WRITERS_PALM", "RIGHT_LOWER_PALM", "RIGHT_UPPER_PALM", "LEFT_LOWER_PALM"),
    *("LEFT_UPPER_PALM", "RIGHT_OTHER", "LEFT_OTHER", "RIGHT_INTERDIGITAL", "RIGHT_THENAR"),
    *("RIGHT_HYPOTHENAR", "LEFT_INTERDIGITAL", "LEFT_THENAR", "LEFT_HYPOTHENAR"),
    *("RIGHT_INDEX_AND_MIDDLE", "RIGHT_MIDDLE_AND_RING", "RIGHT_RING_AND_LITTLE"),
    *("LEFT_INDEX_AND_MIDDLE", "LEFT_MIDDLE_AND_RING", "LEFT_RING_AND_LITTLE"),
    *("RIGHT_INDEX_AND_LEFT_INDEX", "RIGHT_INDEX_AND_MIDDLE_AND_RING"),
    *("RIGHT_MIDDLE_AND_RING_AND_LITTLE", "LEFT_INDEX_AND_MIDDLE_AND_RING"),
    *("LEFT_MIDDLE_AND_RING_AND_LITTLE", "EYE_UNDEF", "EYE_RIGHT", "EYE_LEFT", "EYE_BOTH"),
    *("PORTRAIT", "LEFT_PROFILE", "RIGHT_PROFILE"),
)

#: The position of a biometric, by its name in the standard.
BiometricSubType = Annotated[str, AfterValidator(_among(SUB_TYPES))]

Compression = Literal["NONE", "WSQ", "JPEG", "JPEG2000", "PNG"]

IMPRESSIONS = (
    *("LIVE_SCAN_PLAIN", "LIVE_SCAN_ROLLED", "NONLIVE_SCAN_PLAIN", "NONLIVE_SCAN_ROLLED"),
    *("LATENT_IMPRESSION", "LATENT_TRACING", "LATENT_PHOTO", "LATENT_LIFT", "LIVE_SCAN_SWIPE"),
    *("LIVE_SCAN_VERTICAL_ROLL", "LIVE_SCAN_PALM", "NONLIVE_SCAN_PALM", "LATENT_PALM_IMPRESSION"),
    *("LATENT_PALM_TRACING", "LATENT_PALM_PHOTO", "LATENT_PALM_LIFT"),
    *("LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN", "OTHER", "UNKNOWN"),
)

#: How a print was taken, by its name in the standard.
ImpressionType = Annotated[str, AfterValidator(_among(IMPRESSIONS))]


class Closed(BaseModel):
    """An object of which everything is named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Encryption(Closed):
    """Says that a part of the data is encrypted."""

    type: Literal["JWE", "PKCS7"]
    scope: Text


class Integrity(Closed):
    """A hash, and perhaps a signature, of a part of the data; kept and given back, not checked."""

    id: Text | None = None
    type: Literal["NONE", "JWS", "PKCS7"] = "NONE"
    scope: Text
    alg: Text
    encrypted: bool = False
    followRef: bool = False  # noqa: N815
    hash: Text
    signature: str | None = None
    signatureRef: Text | None = None  # noqa: N815


class Missing(Closed):
    """A part that is not there."""

    biometricSubType: BiometricSubType | None = None  # noqa: N815
    presence: Literal["BANDAGED", "AMPUTATED", "DAMAGED"] | None = None


class BiometricData(Closed):
    """One image or template."""

    biometricType: BiometricType  # noqa: N815
    biometricSubType: BiometricSubType | None = None  # noqa: N815
    instance: Text | None = None
    encounterId: Text | None = None  # noqa: N815
    image: Buffer | None = None
    imageRef: Text | None = None  # noqa: N815
    captureDate: datetime | None = None  # noqa: N815
    captureDevice: Text | None = None  # noqa: N815
    impressionType: ImpressionType | None = None  # noqa: N815
    width: Annotated[int, Field(ge=1, le=20000)] | None = None
    height: Annotated[int, Field(ge=1, le=20000)] | None = None
    bitdepth: Annotated[int, Field(ge=1, le=64)] | None = None
    mimeType: Text | None = None  # noqa: N815
    resolution: Annotated[int, Field(ge=1, le=10000)] | None = None
    compression: Compression | None = None
    missing: Annotated[list[Missing], Field(max_length=MOST)] | None = None
    metadata: Text | None = None
    comment: Text | None = None
    template: Buffer | None = None
    templateRef: Text | None = None  # noqa: N815
    templateFormat: Text | None = None  # noqa: N815
    quality: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    qualityFormat: Text | None = None  # noqa: N815
    algorithm: Text | None = None
    vendor: Text | None = None
    encryption: Encryption | None = None
    integrity: Annotated[list[Integrity], Field(max_length=MOST)] | None = None


class Encounter(Closed):
    """One encounter as it is sent; its identifier comes from the path or from us."""

    encounterId: Text | None = None  # noqa: N815
    status: Literal["ACTIVE", "INACTIVE"]
    encounterType: Text  # noqa: N815
    createdDate: datetime | None = None  # noqa: N815
    updatedDate: datetime | None = None  # noqa: N815
    galleries: Annotated[list[Name], Field(min_length=1, max_length=31)]
    clientData: str | None = None  # noqa: N815
    contextualData: Any = None  # noqa: N815
    biographicData: Any = None  # noqa: N815
    biometricData: Annotated[list[BiometricData], Field(max_length=MOST)]  # noqa: N815
    encryption: Encryption | None = None
    integrity: Annotated[list[Integrity], Field(max_length=MOST)] | None = None


class IdentifyRequest(Closed):
    """Whose prints are these?"""

    filter: dict[str, Any]
    biometricData: Annotated[list[BiometricData], Field(max_length=MOST)]  # noqa: N815
    encryption: Encryption | None = None
    integrity: Annotated[list[Integrity], Field(max_length=MOST)] | None = None


class VerifyFromIdRequest(Closed):
    """Are these the prints of that person?"""

    biometricData: Annotated[list[BiometricData], Field(max_length=MOST)]  # noqa: N815
    encryption: Encryption | None = None
    integrity: Annotated[list[Integrity], Field(max_length=MOST)] | None = None


class VerifyFromBioRequest(Closed):
    """Are these two prints of one person?"""

    biometricData1: Annotated[list[BiometricData], Field(max_length=MOST)]  # noqa: N815
    biometricData2: Annotated[list[BiometricData], Field(max_length=MOST)]  # noqa: N815
    encryption: Encryption | None = None
    integrity: Annotated[list[Integrity], Field(max_length=MOST)] | None = None
