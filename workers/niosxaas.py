"""The actor of the `niosxaas` queue: VPN."""

from shared.catalog import Queue
from workers.app import actor

niosxaas = actor(Queue.NIOSXAAS)
