"""The actor of the `infoblox` queue: IPAM, DNS and DHCP."""

from shared.catalog import Queue
from workers.app import actor

infoblox = actor(Queue.INFOBLOX)
