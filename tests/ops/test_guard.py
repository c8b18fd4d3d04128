"""Who may ask the ops server."""

import hashlib
from pathlib import Path

import pytest

from shared.errors import NotConfigured
from shared.exposure import require_guarded
from shared.settings import Settings
from tests.ops.conftest import Open

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the guard is for


def tokens(place: Path) -> Path:
    entries = [
        f'[[tokens]]\nsha256 = "{hashlib.sha256(name.encode()).hexdigest()}"\n'
        f'client = "{name}"\nscopes = ["{scope}"]\n'
        for name, scope in (("watcher", "ops"), ("host", "read"))
    ]
    path = place / "tokens.toml"
    path.write_text("".join(entries))
    return path


@pytest.mark.parametrize("host", ["127.0.0.1:9090", "localhost", "localhost:1", "[::1]:9090"])
def test_on_this_machine_its_own_names_are_enough(opened: Open, host: str) -> None:
    assert opened().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9090", "127.0.0.1.evil.example", ""]
)
def test_another_name_is_refused(opened: Open, host: str) -> None:
    answer = opened().get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "INFOBLOX_MQ_ALLOWED_HOSTS" in answer.json()["error"]["advice"]


@pytest.mark.parametrize("host", ["x/livez?", "x/livez#", "127.0.0.1/livez?"])
def test_a_path_in_the_host_header_opens_nothing(opened: Open, tmp_path: Path, host: str) -> None:
    for settings in ({}, {"tokens": tokens(tmp_path)}):
        answer = opened(**settings).get("/metrics", headers={"Host": host})
        assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_may_come_by_any_name_and_without_a_token(
    opened: Open, tmp_path: Path, path: str
) -> None:
    ops = opened(metrics_host=EVERYWHERE, tokens=tokens(tmp_path), allowed_hosts="ops.example")
    assert ops.get(path, headers={"Host": "10.0.0.7:9090"}).status_code == 200


def test_a_page_of_another_origin_is_refused(opened: Open) -> None:
    ops = opened()
    assert ops.get("/", headers={"Origin": "http://evil.example"}).status_code == 403
    assert ops.get("/", headers={"Origin": "null"}).status_code == 403
    assert ops.get("/", headers={"Origin": "http://localhost:9090"}).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer nobody", 401),
        ("Basic watcher", 401),
        ("Bearer host", 403),
        ("Bearer watcher", 200),
        ("bearer watcher", 200),
    ],
)
def test_where_others_reach_it_a_token_for_ops_is_needed(
    opened: Open, tmp_path: Path, header: str | None, status: int
) -> None:
    ops = opened(metrics_host=EVERYWHERE, tokens=tokens(tmp_path), allowed_hosts="ops.example")
    headers = {"Host": "ops.example:9090"} | ({"Authorization": header} if header else {})
    answer = ops.get("/", headers=headers)
    assert answer.status_code == status
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)


def test_it_does_not_listen_for_others_without_tokens_and_names() -> None:
    settings = Settings(metrics_host=EVERYWHERE)
    with pytest.raises(NotConfigured, match=r"METRICS_HOST: .*TOKENS_FILE.*ALLOWED_HOSTS"):
        require_guarded(settings, "metrics_host", gain="read every job")


def test_nothing_is_kept_framed_or_guessed(opened: Open) -> None:
    for path in ("/", "/livez", "/nothing-here"):
        headers = opened().get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
