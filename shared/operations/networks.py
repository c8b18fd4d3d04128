"""Addresses as the IPAM tools take them."""

from ipaddress import ip_address

from shared.identifiers import normaliser

NEXT_FREE = "nextavailablesubnet"


def subnet_address(text: str) -> str:
    """Return a network address in its short form, or a next-available reference with a full id."""
    head, slash, tail = text.rpartition("/")
    if slash and tail == NEXT_FREE:
        return f"{normaliser('ipam/address_block')(head)}/{NEXT_FREE}"
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(
            f"must be a network such as 10.0.1.0/24, or <address block id>/{NEXT_FREE}"
        ) from None
