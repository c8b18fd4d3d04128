"""The kinds of fields a VPN payload is made of: ids, labels, names, numbers as text."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from shared.identifiers import bare, normaliser, segment

HIGHEST_ASN = 4_294_967_295
_REGION_ID = re.compile(r"[a-z]{2,}(-[a-z]+)*-?[0-9]+[a-z]?")
_LABEL = r"^ref_[A-Za-z0-9_.-]{1,120}$"


def _id_of(prefix: str) -> Callable[[str], str]:
    def id_part(text: str) -> str:
        return bare(normaliser(prefix)(text))

    return id_part


def _reference_to(prefix: str) -> Callable[[str], str]:
    def reference(text: str) -> str:
        return text if re.fullmatch(_LABEL, text) else _id_of(prefix)(text)

    return reference


def _digits(value: object) -> object:
    """Turn a number into the text the API wants."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _asn(text: str) -> str:
    if not re.fullmatch("[0-9]{1,10}", text) or not 1 <= int(text) <= HIGHEST_ASN:
        raise ValueError(f"must be digits, 1 to {HIGHEST_ASN}")
    return str(int(text))


def _display_name(text: str) -> str:
    if _REGION_ID.fullmatch(text.lower()):
        raise ValueError("is a region id: give the display name, such as AWS Europe (Frankfurt)")
    return text


def _region_id(text: str) -> str:
    if not _REGION_ID.fullmatch(text):
        raise ValueError("is not a region id: give one such as eu-central-1")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
Label = Annotated[str, Field(pattern=_LABEL, description="A label of yours: ref_...")]
ServiceId = Annotated[str, AfterValidator(_id_of("infra/universal_service"))]
EndpointId = Annotated[str, AfterValidator(_id_of("infra/endpoint"))]
AccessLocationId = Annotated[str, AfterValidator(_id_of("infra/access_location"))]
LocationId = Annotated[str, AfterValidator(_id_of("infra/location"))]
Token = Annotated[str, AfterValidator(segment)]
EndpointRef = Annotated[str, AfterValidator(_reference_to("infra/endpoint"))]
LocationRef = Annotated[str, AfterValidator(_reference_to("infra/location"))]
CredentialRef = Annotated[Token, Field(description="Label of credentials.create, or existing id")]
Asn = Annotated[
    str,
    BeforeValidator(_digits),
    AfterValidator(_asn),
    WithJsonSchema({"type": ["string", "integer"], "description": "1 to 4294967295"}),
]
PointOfPresence = Annotated[
    Name,
    AfterValidator(_display_name),
    Field(description="Display name, such as AWS Europe (Frankfurt)"),
]
CloudRegion = Annotated[
    Name, AfterValidator(_region_id), Field(description="Region id, such as eu-central-1")
]
ProfileId = Annotated[
    str,
    BeforeValidator(_digits),
    Field(max_length=256, description="dfp: id of a security policy, required"),
]
Routing = Literal["static", "dynamic"]
Text = Annotated[str, Field(max_length=1024)]
Tags = Annotated[dict[str, Text], Field(max_length=100)]


class Entry(BaseModel):
    """Part of the payload; a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
