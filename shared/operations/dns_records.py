"""DNS resource records: one tool for each usual type, and one for all of them."""

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import Body, Kind, Operation, Rare, WriteArgs
from shared.operations.arguments import Comment, Sayable, Tags, equal_to, maybe, need, part_of
from shared.operations.dhcp_fields import Inherited
from shared.operations.ids import ViewId, ZoneId
from shared.operations.resource import Resource
from shared.recovery import Recovery

RECORD = Resource(
    kind="dns/record",
    called="a DNS record",
    toolset="dns",
    id_name="record_id",
    noun="dns_record",
    # Addresses and DNS usage show the names that records give them.
    also=("address", "dns_usage"),
    inherits=True,
)
# A time to live counts only where it is said not to be inherited.
TTL = {"ttl": ("inheritance_sources.ttl.action", "override")}
BY_NAME = {"zone": "zone", "type": "type", "name_in_zone": "name_in_zone"}

# What the data of each type must have.
RDATA = {
    "A": ("address",),
    "AAAA": ("address",),
    "CAA": ("tag", "value"),
    "CNAME": ("cname",),
    "DNAME": ("target",),
    "DHCID": ("dhcid",),
    "MX": ("exchange", "preference"),
    "NAPTR": ("order", "preference", "services", "replacement"),
    "NS": ("dname",),
    "PTR": ("dname",),
    "SOA": ("mname",),
    "SRV": ("priority", "port", "target"),
    "TXT": ("text",),
}

RecordName = Annotated[
    str,
    AfterValidator(lambda text: "" if text == "@" else text),
    Field(max_length=253, description="Inside the zone, such as www; '@' is the zone itself"),
]
Domain = Annotated[str, Field(min_length=1, max_length=254)]
Number16 = Annotated[int, Field(ge=0, le=65_535)]
Ttl = Annotated[int | None, Field(ge=0, le=2_147_483_647, description="Seconds; unset: inherited")]


class RecordArgs(WriteArgs):
    """What every record may have."""

    ttl: Ttl = None
    comment: Comment = None
    disabled: bool | None = None
    tags: Tags = None


class InView(RecordArgs):
    """A record named by `name` and `zone`."""

    rare: ClassVar[Rare] = frozenset({"view"})
    name: Annotated[RecordName, Body("name_in_zone")]
    zone: ZoneId
    view: ViewId | None = None


class InZone(RecordArgs):
    """A record named by `name_in_zone` and `zone_id`."""

    name_in_zone: RecordName
    zone_id: Annotated[ZoneId, Body("zone")]


class AddressRecord(RecordArgs):
    """What the records of addresses may have."""

    rare: ClassVar[Rare] = frozenset({"check_rmz"})
    create_ptr: Annotated[
        bool | None,
        Body("options.create_ptr"),
        Field(description="Make the PTR record too"),
    ] = None
    check_rmz: Annotated[
        bool | None,
        Body("options.check_rmz"),
        Field(description="Only if there is a reverse zone"),
    ] = None


class CreateARecord(InView, AddressRecord):
    """Create a DNS A record in an authoritative zone. Use an empty name or '@' for the apex. To
    change one use update_dns_record; for other types create_dns_record."""

    ip_address: Annotated[IPv4Address, Body("rdata.address")]


class CreateAaaaRecord(InZone, AddressRecord):
    """Create a DNS AAAA record: the IPv6 address of a name."""

    ipv6_address: Annotated[IPv6Address, Body("rdata.address")]


class CreateCnameRecord(InView):
    """Create a DNS CNAME record: another name for `target`. The name can have no other record."""

    target: Annotated[Domain, Body("rdata.cname")]


class CreateMxRecord(InView):
    """Create a DNS MX record: the mail server of a domain; a lower priority is tried first."""

    mail_server: Annotated[Domain, Body("rdata.exchange")]
    priority: Annotated[Number16, Body("rdata.preference")]


class CreateTxtRecord(InView):
    """Create a DNS TXT record."""

    text: Annotated[str, Body("rdata.text"), Field(max_length=8000)]


class CreatePtrRecord(InZone):
    """Create a DNS PTR record in a reverse zone: the name of an address."""

    domain_name: Annotated[Domain, Body("rdata.dname")]


class CreateSrvRecord(InZone):
    """Create a DNS SRV record: host and port of a service, named like _sip._tcp."""

    priority: Annotated[Number16, Body("rdata.priority")]
    weight: Annotated[Number16 | None, Body("rdata.weight")] = None
    port: Annotated[Number16, Body("rdata.port")]
    target: Annotated[Domain, Body("rdata.target")]


class CreateNsRecord(InZone):
    """Create a DNS NS record: a name server of the zone or of a subdomain."""

    nameserver: Annotated[Domain, Body("rdata.dname")]


class CreateCaaRecord(InZone):
    """Create a DNS CAA record: who may issue certificates for a name."""

    flags: Annotated[int, Body("rdata.flags"), Field(ge=0, le=255)] = 0
    tag: Annotated[Literal["issue", "issuewild", "iodef"], Body("rdata.tag")]
    value: Annotated[str, Body("rdata.value"), Field(max_length=1000)]


class CreateNaptrRecord(InZone):
    """Create a DNS NAPTR record: how a name is rewritten, lowest order first."""

    order: Annotated[Number16, Body("rdata.order")]
    preference: Annotated[Number16, Body("rdata.preference")]
    flags: Annotated[Literal["U", "S", "A", "P"] | None, Body("rdata.flags")] = None
    services: Annotated[str, Body("rdata.services"), Field(max_length=256)]
    regexp: Annotated[str | None, Body("rdata.regexp"), Field(max_length=1000)] = None
    replacement: Annotated[str, Body("rdata.replacement"), Field(max_length=254)]


class RecordFields(RecordArgs):
    """What can be changed of a record: all but its zone, view and type."""

    rare: ClassVar[Rare] = frozenset({"absolute_name_spec", "inheritance_sources", "options"})
    name_in_zone: RecordName | None = None
    absolute_name_spec: str | None = maybe("The whole name, instead", max_length=255)
    rdata: Annotated[
        dict[str, Any] | None,
        Field(max_length=20, description='The whole data, such as {"address": "10.0.0.5"}'),
    ] = None
    options: Annotated[
        dict[str, Any] | None,
        Field(max_length=10, description="A, AAAA: create_ptr, check_rmz; PTR: address"),
    ] = None
    inheritance_sources: Inherited = None


class CreateDnsRecord(RecordFields):
    """Create a DNS record of any type. Name it by name_in_zone and zone, or by absolute_name_spec
    and view, or (PTR) by options.address and view. There are tools for the usual types."""

    type: Annotated[
        str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$", description="A, MX, DNAME ... or TYPE65280")
    ]
    rdata: Annotated[
        dict[str, Any],
        Field(
            min_length=1,
            max_length=20,
            description='By type: {"address": ...} {"cname": ...} {"text": ...} {"exchange": ..., '
            '"preference": 10} {"dname": ...} {"target": ...}; other types: {"subfields": [...]}',
        ),
    ] = need()
    zone: ZoneId | None = None
    view: ViewId | None = None

    @model_validator(mode="after")
    def is_somewhere(self) -> Self:
        """Refuse a record that is named in two ways or in none."""
        in_zone = self.zone is not None and self.name_in_zone is not None
        by_name = self.view is not None and self.absolute_name_spec is not None
        by_address = self.view is not None and "address" in (self.options or {})
        if in_zone + by_name + by_address != 1:
            raise ValueError(
                "give name_in_zone and zone, or absolute_name_spec and view, or options.address "
                "and view"
            )
        return self

    @model_validator(mode="after")
    def has_its_data(self) -> Self:
        """Refuse data without what its type must have."""
        missing = [name for name in RDATA.get(self.type, ()) if name not in self.rdata]
        if missing:
            raise ValueError(f"rdata: a {self.type} record needs {', '.join(missing)}")
        return self


class IncrementSerial(WriteArgs):
    """Increase the serial of a zone; record_id is that of its SOA record."""

    serial_increment: int | None = maybe("Unset: 1000", ge=1, le=2_147_483_647)


def _typed(kind: str, called: str, args: type[RecordArgs], *data: str) -> Operation:
    places = [
        mark.place
        for info in args.model_fields.values()
        for mark in info.metadata
        if isinstance(mark, Body) and mark.place.startswith("rdata.")
    ]
    names = ("zone", "name") if issubclass(args, InView) else ("zone_id", "name_in_zone")
    return RECORD.created(
        args,
        key=(*names, *data),
        name=f"create_{kind.lower()}_record",
        title=f"Create {called} record",
        fixed={"type": kind},
        implied=TTL,
        recovery=Recovery(where=BY_NAME, check={place: place for place in places}),
    )


OPERATIONS = (
    RECORD.listed(
        "List DNS resource records, optionally of one zone, name or type. Search values by "
        "dns_rdata and whole names by absolute_name_spec, which ends with a dot. For zones use "
        "list_dns_zones.",
        zone_filter=equal_to("zone", ZoneId),
        name_filter=part_of("name_in_zone", "Part of the name inside the zone"),
        type_filter=equal_to("type", Sayable, "Such as A", pattern=r"^[A-Z0-9]{1,10}$"),
    ),
    RECORD.read(),
    RECORD.created(
        CreateDnsRecord,
        key=("zone", "view", "type", "name_in_zone", "absolute_name_spec", "rdata"),
        implied=TTL,
        recovery=Recovery(
            where=BY_NAME | {"absolute_name_spec": "absolute_name_spec", "view": "view"},
            check={"rdata": "rdata"},
        ),
    ),
    _typed("A", "an A", CreateARecord, "ip_address"),
    _typed("AAAA", "an AAAA", CreateAaaaRecord, "ipv6_address"),
    _typed("CNAME", "a CNAME", CreateCnameRecord, "target"),
    _typed("MX", "an MX", CreateMxRecord, "mail_server"),
    _typed("TXT", "a TXT", CreateTxtRecord, "text"),
    _typed("PTR", "a PTR", CreatePtrRecord, "domain_name"),
    _typed("SRV", "an SRV", CreateSrvRecord, "port", "target"),
    _typed("NS", "an NS", CreateNsRecord, "nameserver"),
    _typed("CAA", "a CAA", CreateCaaRecord, "tag", "value"),
    _typed("NAPTR", "a NAPTR", CreateNaptrRecord, "order", "preference", "services"),
    RECORD.changed(
        "Change a DNS record. Its zone, view and type stay; rdata replaces the whole data. Find it "
        "with list_dns_records.",
        RecordFields,
        implied=TTL,
    ),
    RECORD.deleted("Delete a DNS record. To point it elsewhere use update_dns_record."),
    RECORD.acted(
        "increment_soa_serial",
        "Increase a zone's serial",
        IncrementSerial,
        suffix="/serial_increment",
        look="get_dns_record",
        kind=Kind.ACTION,
    ),
)
