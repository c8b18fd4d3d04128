"""How a request carries the API key of its account."""

import re

import requests
from pydantic import SecretStr
from requests.auth import AuthBase

from shared.errors import NotConfigured
from shared.hiding import HIDDEN

_KEY = re.compile(r"[!-~]+")


class Token(AuthBase):
    """The credential. As it is always there, no library looks for one in ~/.netrc."""

    def __init__(self, key: SecretStr) -> None:
        if not _KEY.fullmatch(key.get_secret_value()):
            raise NotConfigured("INFOBLOX_API_KEY: has a character that no key has, or none at all")
        self._key = key
        HIDDEN.add(key.get_secret_value())

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._key.get_secret_value()}"
        return request

    def hidden(self, text: str) -> str:
        """Return a text without the key that a server may have repeated in it."""
        return text.replace(self._key.get_secret_value(), "***")
