"""The accounts of Infoblox that a worker calls for: whose key, at which address, how fast."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from shared.errors import NotConfigured
from shared.fingerprint import account_tag, derived_key
from shared.ledger import UNPUBLISHED
from shared.settings import ApiKey, Settings, WebAddress, variable_of
from shared.tables import Name, read_table, refuse_if_others_read

DEFAULT = "default"
_VARIABLE = variable_of("accounts_file")
_KEY: TypeAdapter[SecretStr] = TypeAdapter(ApiKey)


@dataclass(frozen=True, slots=True)
class Account:
    """One account; a rate of None is the one of the settings.

    `tag` stands for key and address wherever the key itself must not be.
    """

    name: str
    api_key: SecretStr
    base_url: str
    tag: str
    rate_per_second: float | None = None
    rate_burst: int | None = None


class Accounts:
    """Every account of a worker, by the tag that a job carries."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_name = {account.name: account for account in accounts}
        self._by_tag = {account.tag: account for account in self}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_name.values())

    def of(self, tag: str) -> Account | None:
        """Return the account of a job; one accepted before any worker ran carries its name."""
        if tag.startswith(UNPUBLISHED):
            return self._by_name.get(tag.removeprefix(UNPUBLISHED))
        return self._by_tag.get(tag)


class Entry(BaseModel):
    """One entry of the accounts file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: ApiKey | None = None
    api_key_file: Path | None = None
    base_url: WebAddress | None = None
    rate_per_second: Annotated[float | None, Field(ge=0, le=10_000)] = None
    rate_burst: Annotated[int | None, Field(ge=1, le=10_000)] = None

    @model_validator(mode="after")
    def has_one_key(self) -> Self:
        """Refuse an account without a key, or with two."""
        if (self.api_key is None) == (self.api_key_file is None):
            raise ValueError("give either api_key or api_key_file")
        return self


class File(BaseModel):
    """The accounts file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: Annotated[dict[Name, Entry], Field(min_length=1)]


def required(settings: Settings) -> Accounts:
    """Return the accounts; raise NotConfigured when there are none."""
    if settings.infoblox_api_key is None and settings.accounts_file is None:
        raise NotConfigured(
            "INFOBLOX_API_KEY is not set",
            advice="Set it to the key of your account where the workers run (several accounts: "
            f"{_VARIABLE}), or try everything with `infoblox-mq up --sandbox`, which needs none.",
        )
    return read_accounts(settings)


def read_accounts(settings: Settings) -> Accounts:
    """Return the accounts of the file, and `default` if INFOBLOX_API_KEY is set.

    Raises NotConfigured with everything that is wrong with the file; never shows a key.
    """
    entries: dict[str, Entry] = {}
    if settings.accounts_file is not None:
        entries = _of_file(settings.accounts_file)
    if settings.infoblox_api_key is not None:
        if DEFAULT in entries:
            raise NotConfigured(
                f"{_VARIABLE}: names the account {DEFAULT}, and INFOBLOX_API_KEY is that too",
                advice="Unset INFOBLOX_API_KEY, or give the account in the file another name.",
            )
        entries = entries | {DEFAULT: Entry(api_key=settings.infoblox_api_key)}
    return Accounts(_account(settings, name, entry) for name, entry in entries.items())


def _of_file(path: Path) -> dict[str, Entry]:
    entries = read_table(path, File, variable=_VARIABLE).accounts
    if any(entry.api_key for entry in entries.values()):
        refuse_if_others_read(path, variable=_VARIABLE)
    folder = path.expanduser().parent
    return {name: _with_key(name, entry, folder) for name, entry in entries.items()}


def _with_key(name: str, entry: Entry, folder: Path) -> Entry:
    if entry.api_key_file is None:
        return entry
    path = folder / entry.api_key_file.expanduser()
    try:
        key = _KEY.validate_python(path.read_text(encoding="utf-8").strip())
        return entry.model_copy(update={"api_key": key})
    except OSError as error:
        problem = f"{error.strerror}: {path}"
    except (ValidationError, UnicodeDecodeError):
        problem = f"{path} must hold the API key of an account and nothing else"
    raise NotConfigured(f"{_VARIABLE}: accounts.{name}.api_key_file: {problem}")


def _account(settings: Settings, name: str, entry: Entry) -> Account:
    key = entry.api_key or SecretStr("")
    base_url = entry.base_url or settings.infoblox_base_url
    return Account(
        name=name,
        api_key=key,
        base_url=base_url,
        tag=account_tag(derived_key(settings.seal_key, "account"), key, base_url),
        rate_per_second=entry.rate_per_second,
        rate_burst=entry.rate_burst,
    )
