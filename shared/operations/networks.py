"""Addresses and names as the IPAM and DNS tools take them."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import WriteArgs
from shared.expressions import sayable
from shared.identifiers import ObjectId


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


class MaskedArgs(WriteArgs):
    """Arguments of a network that is made: its mask stands by itself or in the address."""

    cidr: Cidr | None = None

    @model_validator(mode="before")
    @classmethod
    def take_mask(cls, values: object) -> object:
        """Take the address apart."""
        return split_mask(values)

    @model_validator(mode="after")
    def has_mask(self) -> Self:
        """Refuse a network without a mask."""
        if self.cidr is None:
            raise ValueError("cidr: give the mask length, or write address as 10.0.1.0/24")
        return self
