"""Paths of the DNS collections, and the form of domain names."""

from __future__ import annotations

import re

from sandbox.errors import invalid

VIEW = "dns/view"
ZONE = "dns/auth_zone"
FORWARD = "dns/forward_zone"
DELEGATION = "dns/delegation"
RECORD = "dns/record"
SERVER = "dns/server"
DNS_HOST = "dns/host"
LONGEST = 255
_LABEL = re.compile(r"[^\s.]{1,63}")


def dotted(name: str) -> str:
    """Write a name with the dot at its end."""
    return name if name.endswith(".") else f"{name}."


def domain(name: str, *, field: str) -> str:
    """Read a domain name, or refuse it; the root and the empty name are fine."""
    if name in {"", "."}:
        return name
    full = dotted(name)
    labels = full[:-1].split(".")
    if len(full) > LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        raise invalid(f"invalid value for field '{field}': '{name}' is no domain name")
    return full


def punycode(name: str) -> str:
    """Write a name as it goes over the wire: lower case, other scripts encoded."""
    return ".".join(_encoded(label) for label in name.lower().split("."))


def _encoded(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def unicode(name: str) -> str:
    """Write a name for people."""
    return ".".join(_decoded(label) for label in name.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        raise invalid(f"'{label}' cannot be read") from None
