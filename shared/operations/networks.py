"""Addresses and names as the IPAM and DNS tools take them."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from shared.expressions import sayable
from shared.identifiers import ObjectId


class Masked(Protocol):
    """Arguments of a network."""

    cidr: int | None


def address(text: str) -> str:
    """Return an IPv4 or IPv6 address in its short form."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address") from None


def or_next(call: str, *prefixes: str) -> Callable[[str], str]:
    """Return a validator of an address, or of a parent's id and the call for its next free one."""
    parent = ObjectId(*prefixes)

    def checked(text: str) -> str:
        head, slash, tail = text.rpartition("/")
        if slash and tail == call:
            return f"{parent.full(head)}/{call}"
        try:
            return str(ip_address(text))
        except ValueError:
            raise ValueError(f"must be an address, or {parent.shown}/{call}") from None

    return checked


def split_mask(values: object) -> object:
    """Take the `address` 10.0.1.0/24 apart, so that both spellings are one call."""
    if not isinstance(values, dict) or not isinstance(values.get("address"), str):
        return values
    head, slash, mask = values["address"].partition("/")
    if not slash or not mask.isdecimal():
        return values
    if values.get("cidr") not in (None, int(mask)):
        raise ValueError("cidr contradicts the mask of address: give one of the two")
    return values | {"address": head, "cidr": int(mask)}


def with_mask(model: Masked) -> None:
    """Refuse a network without a mask."""
    if model.cidr is None:
        raise ValueError("cidr: give the mask length, or write address as 10.0.1.0/24")


def fqdn(text: str) -> str:
    """Return a domain name as the API stores it: in lower case, with the dot at its end."""
    return sayable(text).lower().rstrip(".") + "."


Address = Annotated[str, AfterValidator(address), Field(max_length=64)]
NextAddress = Annotated[
    str,
    AfterValidator(or_next("nextavailableip", "ipam/subnet", "ipam/range", "ipam/address_block")),
    Field(
        max_length=200,
        description="10.0.1.5, or <subnet, range or address block id>/nextavailableip",
    ),
]
Fqdn = Annotated[
    str, AfterValidator(fqdn), Field(min_length=1, max_length=254, description="example.com")
]
Cidr = Annotated[int, Field(ge=1, le=128, description="Mask length")]
