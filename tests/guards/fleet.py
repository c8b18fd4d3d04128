"""What the guards of a running stack say."""

from __future__ import annotations

from shared.fingerprint import account_tag, derived_key
from shared.guards import GuardStates
from tests.support.stack import Stack


def states(here: Stack) -> tuple[GuardStates, str]:
    """Return what shows the guards, and the account's tag."""
    settings = here.settings
    key = settings.infoblox_api_key
    assert key is not None
    tag = account_tag(derived_key(settings.seal_key, "account"), key, settings.infoblox_base_url)
    return GuardStates(here.valkey.client()), tag
