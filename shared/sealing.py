"""Secrets at rest: AES-GCM, bound to the job and the field, with the key's id for rotation."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from shared.errors import CallError, NotConfigured
from shared.hiding import HIDDEN

SEALED = "$sealed"
REDACTED = "[redacted]"
_NONCE_BYTES = 12


def new_key() -> str:
    """Return a fresh key as the setting wants it."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


class Sealer:
    """Seals with the first key and opens with any."""

    def __init__(self, keys: SecretStr | None) -> None:
        texts = keys.get_secret_value().split(",") if keys else []
        for text in texts:
            HIDDEN.add(text.strip())
        raw = [base64.urlsafe_b64decode(text.strip()) for text in texts]
        self._keys = {hashlib.sha256(key).hexdigest()[:8]: AESGCM(key) for key in raw}

    def seal(self, text: str, *, job_id: str, field: str) -> dict[str, str]:
        """Return a sealed secret that only this job's field can be opened from."""
        if not self._keys:
            raise NotConfigured(
                "INFOBLOX_MQ_SEAL_KEY: needed before a secret may enter the store",
                advice="Run `infoblox-mq init` and give front end and workers the same key.",
            )
        HIDDEN.add(text)
        key_id, cipher = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, text.encode(), f"{job_id}|{field}".encode())
        return {SEALED: base64.b64encode(nonce + sealed).decode(), "key": key_id}

    def open(self, sealed: Any, *, job_id: str, field: str) -> str:
        """Return the secret; one that was moved, altered or never sealed is refused."""
        if not isinstance(sealed, dict) or SEALED not in sealed:
            raise CallError(f"{field}: a secret is not sealed in the record")
        cipher = self._keys.get(sealed.get("key", ""))
        if cipher is None:
            raise NotConfigured(
                "INFOBLOX_MQ_SEAL_KEY: this worker does not have the key of a sealed secret",
                advice="Give workers and front end the same keys; old ones stay in the list.",
            )
        try:
            raw = base64.b64decode(sealed[SEALED])
            opened = cipher.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], f"{job_id}|{field}".encode()
            )
        except (InvalidTag, ValueError):
            raise NotConfigured("a sealed secret does not belong to this job and field") from None
        text = opened.decode()
        HIDDEN.add(text)
        return text

    def seal_all(self, arguments: Any, places: Iterable[str], *, job_id: str) -> Any:
        """Return the arguments with every secret sealed."""
        for place in places:
            arguments = changed(
                arguments, place, lambda text, at: self.seal(text, job_id=job_id, field=at)
            )
        return arguments

    def open_all(self, arguments: Any, places: Iterable[str], *, job_id: str) -> Any:
        """Return the arguments with every secret in clear; only right before sending."""
        for place in places:
            arguments = changed(
                arguments, place, lambda sealed, at: self.open(sealed, job_id=job_id, field=at)
            )
        return arguments

    def seal_answer(self, answer: Any, fields: Iterable[str], *, job_id: str) -> Any:
        """Return an answer whose secret fields only the caller can be shown.

        Without a key nobody can: the job is done, and there is no error left to answer with.
        """

        def closed(value: Any, at: str) -> Any:
            if not isinstance(value, str):
                return value
            return self.seal(value, job_id=job_id, field=at) if self._keys else REDACTED

        for place in answer_places(fields):
            answer = changed(answer, place, closed)
        return answer

    def open_answer(self, answer: Any, fields: Iterable[str], *, job_id: str) -> Any:
        """Return an answer with its secret fields in clear; those without a key stay closed."""

        def opened(value: Any, at: str) -> Any:
            if not (isinstance(value, dict) and SEALED in value):
                return value
            try:
                return self.open(value, job_id=job_id, field=at)
            except NotConfigured:
                return REDACTED

        for place in answer_places(fields):
            answer = changed(answer, place, opened)
        return answer


def answer_places(fields: Iterable[str]) -> tuple[str, ...]:
    """Return where these fields are in an answer: in the object, or in each item of a list."""
    return tuple(place for name in fields for place in (name, f"items.*.{name}"))


def redacted(arguments: Any, places: Iterable[str]) -> Any:
    """Return the arguments as people may see them."""
    for place in places:
        arguments = changed(arguments, place, lambda _value, _at: REDACTED)
    return arguments


def changed(value: Any, place: str, change: Callable[[Any, str], Any], *, at: str = "") -> Any:
    """Return a copy in which what stands at `place` is changed.

    `*` means every key or entry, and `**` in front that the place may begin at any depth.
    """
    name, _, rest = place.partition(".")
    if name == "**":
        return _anywhere(value, rest, change)
    if not name:
        return value if value is None else change(value, at)
    if isinstance(value, dict):
        names = list(value) if name == "*" else [name] if name in value else []
        return value | {key: changed(value[key], rest, change, at=f"{at}.{key}") for key in names}
    if isinstance(value, list) and name == "*":
        return [
            changed(entry, rest, change, at=f"{at}.{index}") for index, entry in enumerate(value)
        ]
    return value


def _anywhere(value: Any, place: str, change: Callable[[Any, str], Any]) -> Any:
    """Change at any depth; what holds no such place is returned itself, without a copy."""
    if isinstance(value, list):
        entries = [_anywhere(entry, place, change) for entry in value]
        same = all(new is old for new, old in zip(entries, value, strict=True))
        return value if same else entries
    if not isinstance(value, dict):
        return value
    found = {}
    for name, held in value.items():
        if isinstance(held, dict | list) and (new := _anywhere(held, place, change)) is not held:
            found[name] = new
    value = value | found if found else value
    return changed(value, place, change) if place.partition(".")[0] in value else value
