"""The actor of the `insights` queue: SOC insights."""

from shared.catalog import Queue
from workers.app import actor

insights = actor(Queue.INSIGHTS)
