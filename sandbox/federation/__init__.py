"""Federated address management: realms and the blocks given to them."""
