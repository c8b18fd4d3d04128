"""Paths of the collections of address management."""

from __future__ import annotations

SPACE = "ipam/ip_space"
BLOCK = "ipam/address_block"
SUBNET = "ipam/subnet"
RANGE = "ipam/range"
ADDRESS = "ipam/address"
HOST = "ipam/host"
FIXED = "dhcp/fixed_address"
LEASE = "dhcp/lease"
