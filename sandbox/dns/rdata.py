"""The data of each type of record: its fields, and how it reads as text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from sandbox.dns.names import domain, dotted
from sandbox.errors import invalid
from sandbox.schema import Fields, Row, checked, fields

DATA: Mapping[str, Fields] = {
    "A": fields("address: ipv4 required"),
    "AAAA": fields("address: ipv6 required"),
    "CAA": fields("""
        flags: integer size=0..255 default=0
        tag: string required words=issue|issuewild|iodef
        value: string required"""),
    "CNAME": fields("cname: string required"),
    "DNAME": fields("target: string required"),
    "DHCID": fields("dhcid: string required"),
    "MX": fields("""
        preference: integer required size=0..65535
        exchange: string required size=1..255"""),
    "NAPTR": fields("""
        order: integer required size=0..65535
        preference: integer required size=0..65535
        flags: string words=U|S|A|P
        services: string required
        regexp: string
        replacement: string required"""),
    "NS": fields("dname: string required size=1..255"),
    "PTR": fields("dname: string required size=1..255"),
    "SOA": fields("""
        mname: string required size=1..255
        rname: string
        serial: integer size=0..4294967295 default=1
        refresh: integer default=10800
        retry: integer default=3600
        expire: integer default=2419200
        negative_ttl: integer default=900"""),
    "SRV": fields("""
        priority: integer required size=0..65535
        weight: integer size=0..65535 default=0
        port: integer required size=0..65535
        target: string required size=1..255"""),
    "TXT": fields("text: string required"),
}
PART = fields("""
    type: string required words=8BIT|16BIT|32BIT|IPV6|IPV4|DomainName|TEXT|BASE64|HEX|PRESENTATION
    length_kind: string
    value: string required""")
GENERIC = fields("subfields: objects required of=part", {"part": PART})
NAMES = frozenset({"cname", "dname", "exchange", "target", "replacement", "mname", "rname"})
_GENERIC_TYPE = re.compile(r"TYPE\d{1,5}")


def checked_data(kind: str, data: Row) -> Row:
    """Check the data of a record, and complete names and defaults."""
    table = GENERIC if _GENERIC_TYPE.fullmatch(kind) else DATA.get(kind)
    if table is None:
        raise invalid(f"invalid value for field 'type': '{kind}' is not supported")
    kept = checked(table, data, partial=False, path="rdata.")
    if kind == "DHCID":
        _check_base64(kept["dhcid"])
    for name in NAMES & set(kept):
        kept[name] = dotted(domain(str(kept[name]), field=f"rdata.{name}"))
    return kept


def _check_base64(text: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("invalid value for field 'rdata.dhcid': base64 is expected") from None


_WRITERS: Mapping[str, Callable[[Row], str]] = {
    "TXT": lambda data: f'"{data["text"]}"',
    "CAA": lambda data: f'{data["flags"]} {data["tag"]} "{data["value"]}"',
    "SRV": lambda data: "{priority} {weight} {port} {target}".format(**data),
}


def text(kind: str, data: Row) -> str:
    """Write the data as a zone file would."""
    if "subfields" in data:
        return " ".join(part["value"] for part in data["subfields"])
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(data)
    return " ".join(str(data[name]) for name in DATA[kind] if name in data)
