"""Who can reach a server: only this machine, or others too, who then need tokens and names."""

from ipaddress import ip_address

from shared.errors import NotConfigured
from shared.settings import LOOPBACK, Settings, variable_of

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return host in LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


def require_guarded(settings: Settings, field: str, *, gain: str) -> None:
    """Refuse to listen where others can reach us without tokens and a list of our own names.

    `field` is the setting of the address, `gain` what anybody could do without a token.
    """
    host = getattr(settings, field)
    if is_loopback(host):
        return
    lacking = [
        f"{variable_of(name)}: {why}"
        for name, why in (
            ("tokens_file", f"bearer tokens, without which anybody could {gain}"),
            ("allowed_hosts", "the names clients use for this server, against DNS rebinding"),
        )
        if not getattr(settings, name)
    ]
    if lacking:
        raise NotConfigured(
            f"{variable_of(field)}: {host} can be reached from outside; set {'; '.join(lacking)}",
            advice="Set these variables, or listen on 127.0.0.1.",
        )


def allowed_hosts(settings: Settings, host: str) -> list[str]:
    """Return the Host headers a server on this address takes; `:*` stands for any port."""
    hosts = [form for name in settings.allowed_hosts for form in (name, f"{name}:*")]
    return hosts + _own_hosts(host)


def allowed_origins(settings: Settings, host: str) -> list[str]:
    """Return the Origin headers a server on this address takes."""
    return [*settings.allowed_origins, *(f"http://{name}" for name in _own_hosts(host))]


def matches(value: str, allowed: list[str]) -> bool:
    """Tell whether a Host or Origin header is one of those allowed."""
    name, colon, port = value.rpartition(":")
    any_port = f"{name}:*" if colon and port.isdecimal() else None
    return value in allowed or any_port in allowed


def _own_hosts(host: str) -> list[str]:
    if not is_loopback(host):
        return []
    return [form for name in _LOOPBACK_NAMES for form in (name, f"{name}:*")]
