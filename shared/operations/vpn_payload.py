"""The consolidated payload: a whole VPN in one document, as Infoblox takes it.

Entries refer to each other by labels that start with `ref_`; an existing object is named by its
bare id. What one field cannot show alone is checked by `vpn_rules`.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.operations.vpn_fields import (
    AccessLocationId,
    Asn,
    EndpointId,
    Entry,
    Label,
    LocationId,
    Name,
    PointOfPresence,
    ProfileId,
    Routing,
    ServiceId,
    Tags,
    Text,
    Token,
)
from shared.operations.vpn_rules import faults
from shared.operations.vpn_tunnels import AccessLocation, AccessLocationUpdate

Size = Literal["S", "M", "L", "XL"]


class Capability(Entry):
    """What the service does."""

    type: Annotated[
        Literal["dns", "dhcp", "dfp", "security", "ntp"], Field(description="Lower case")
    ]
    profile_id: ProfileId | None = None
    anycast_enabled: bool | None = None


class UniversalService(Entry):
    """The service that is created or changed."""

    operation: Literal["CREATE", "UPDATE"]
    id: Annotated[ServiceId | None, Field(description="UPDATE: id of the service")] = None
    name: Annotated[Name | None, Field(description="CREATE: required")] = None
    description: Text | None = None
    capabilities: Annotated[
        list[Capability] | None,
        Field(min_length=1, max_length=20, description="The full list; CREATE: required"),
    ] = None
    tags: Tags | None = None


class EndpointBgp(Entry):
    """BGP of the Infoblox side."""

    asn: Asn
    hold_down: Annotated[int | None, Field(ge=0, le=65_535)] = None
    keep_alive: Annotated[int | None, Field(ge=0, le=65_535)] = None


class RoutingConfig(Entry):
    """Needed for dynamic routing."""

    bgp_config: EndpointBgp


class EndpointFields(Entry):
    """What a new and a changed endpoint have in common."""

    name: Name
    preferred_provider: Literal["AWS", "Any"] | None = None
    routing_type: Routing | None = None
    routing_config: RoutingConfig | None = None


class Endpoint(EndpointFields):
    """A point of presence that customers connect to."""

    id: Label
    size: Size
    service_location: PointOfPresence
    service_ip: IPv4Address
    neighbour_ips: Annotated[
        list[IPv4Address],
        Field(max_length=2, description="Primary and secondary, other than service_ip"),
    ]


class EndpointUpdate(EndpointFields):
    """An endpoint as it shall be: give every field."""

    id: EndpointId
    size: Size | None = None
    service_location: PointOfPresence | None = None
    service_ip: IPv4Address | None = None
    neighbour_ips: Annotated[
        list[IPv4Address] | None, Field(max_length=2, description="Two, or none")
    ] = None
    tags: Tags | None = None


class CredentialFields(Entry):
    """What a new and a changed credential have in common."""

    type: Literal["psk"]
    name: Annotated[Name, Field(description="Unique in the account")]
    value: Annotated[
        str,
        Field(min_length=16, max_length=256, repr=False, description="Pre-shared key of your own"),
    ]
    # Anything else in here would be a secret that nobody seals.
    cred_data: Annotated[dict[str, str] | None, Field(max_length=0)] = None
    description: Text | None = None


class Credential(CredentialFields):
    """A pre-shared key."""

    id: Label


class CredentialUpdate(CredentialFields):
    """A new key for an existing credential."""

    id: Token


class Address(Entry):
    """A postal address."""

    country: Name
    postal_code: Text | None = None
    city: Text | None = None
    state: Text | None = None


class LocationFields(Entry):
    """What a new and a changed location have in common."""

    name: Name
    address: Address
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None


class Location(LocationFields):
    """Where a site is."""

    id: Label


class LocationUpdate(LocationFields):
    """A location as it shall be."""

    id: LocationId


MANY: Any = Field(default_factory=list, max_length=200)


class Endpoints(Entry):
    """Changes to endpoints; delete takes ids."""

    create: list[Endpoint] = MANY
    update: list[EndpointUpdate] = MANY
    delete: list[EndpointId] = MANY


class AccessLocations(Entry):
    """Changes to access locations; delete takes ids."""

    create: list[AccessLocation] = MANY
    update: list[AccessLocationUpdate] = MANY
    delete: list[AccessLocationId] = MANY


class Credentials(Entry):
    """Changes to credentials."""

    create: list[Credential] = MANY
    update: list[CredentialUpdate] = MANY


class Locations(Entry):
    """Changes to locations."""

    create: list[Location] = MANY
    update: list[LocationUpdate] = MANY


class VpnPayload(Entry):
    """A label refers to an entry of a create list, an id to what exists already. CREATE needs an
    endpoint and an access location."""

    universal_service: UniversalService
    endpoints: Endpoints | None = None
    access_locations: AccessLocations | None = None
    credentials: Credentials | None = None
    locations: Locations | None = None

    @model_validator(mode="wrap")
    @classmethod
    def check_as_a_whole(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report everything that is wrong at once, and nothing of what was given."""
        payload, problems = None, []
        try:
            payload = handler(values)
        except ValidationError as error:
            problems = [
                _problem(item["loc"], item["msg"], kind=item["type"])
                for item in error.errors(
                    include_url=False, include_input=False, include_context=False
                )
            ]
        found = values if payload is None else payload.model_dump(mode="json")
        if isinstance(found, Mapping):
            problems += [_problem(fault.place, fault.message) for fault in faults(found)]
        # Raised out here: the first error would come along as a cause, with what was given.
        if payload is None or problems:
            raise ValidationError.from_exception_data(cls.__name__, problems, hide_input=True)
        return payload


def _problem(
    place: tuple[str | int, ...], message: str, *, kind: str = "vpn_payload"
) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, message), loc=place, input="(not shown)")


def wire_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body to send: fields without a value are left out, empty lists are kept."""
    return {name: _wire(value) for name, value in payload.items() if value is not None}


def _wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return wire_payload(value)
    return [_wire(item) for item in value] if isinstance(value, list | tuple) else value
