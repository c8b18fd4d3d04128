"""The actor of the `atcfw` queue: DNS security."""

from shared.catalog import Queue
from workers.app import actor

atcfw = actor(Queue.ATCFW)
