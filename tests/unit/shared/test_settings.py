from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.errors import NotConfigured
from shared.settings import Settings, variable_of, variables

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def settings(**env: str) -> Settings:
    return Settings.from_env(env)


def complaint(**env: str) -> str:
    with pytest.raises(NotConfigured) as caught:
        Settings.from_env(env)
    return caught.value.problem.message


def test_an_empty_environment_is_enough() -> None:
    assert settings().redis_url is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("infoblox_base_url", "https://csp.infoblox.com"),
        ("mcp_host", "127.0.0.1"),
        ("mcp_port", 4005),
        ("metrics_port", 9090),
        ("wait_seconds", 25),
        ("connect_timeout_seconds", 5),
        ("read_timeout_seconds", 30),
        ("vpn_read_timeout_seconds", 60),
        ("vpn_max_tries", 12),
        ("vpn_backoff_base_seconds", 5),
        ("vpn_backoff_cap_seconds", 60),
        ("read_deadline_seconds", 120),
        ("write_deadline_seconds", 1800),
        ("cache_ttl_seconds", 300),
        ("cache_ttls", ()),
        ("cache_bytes", 4 * 2**20),
        ("join_after_seconds", 600),
        ("read_ttl_seconds", 600),
        ("job_ttl_seconds", 86_400),
        ("lease_seconds", 30),
        ("sweep_seconds", 2),
        ("poison_starts", 3),
        ("queue_limit", None),
        ("open_jobs", 100),
        ("rate_per_second", 10),
        ("rate_burst", 20),
        ("breaker_failures", 5),
        ("breaker_reset_seconds", 60),
        ("breaker_counts_read_timeouts", False),
        ("threads", 8),
    ],
)
def test_the_defaults_are_those_of_the_documentation(field: str, value: object) -> None:
    assert getattr(settings(), field) == value


def test_our_own_variables_carry_the_prefix_and_standard_ones_do_not() -> None:
    assert variable_of("wait_seconds") == "INFOBLOX_MQ_WAIT_SECONDS"
    assert variable_of("redis_url") == "REDIS_URL"


def test_every_field_has_a_variable_of_its_own_and_a_description() -> None:
    assert sorted(variables().values()) == sorted(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


def test_seconds_may_be_fractions() -> None:
    assert settings(INFOBLOX_MQ_LEASE_SECONDS="0.25").lease_seconds == 0.25


def test_an_empty_variable_counts_as_unset() -> None:
    assert settings(INFOBLOX_MQ_LEASE_SECONDS="").lease_seconds == 30


def test_a_misspelt_variable_is_named() -> None:
    assert complaint(INFOBLOX_MQ_WAIT_SECOND="3") == (
        "INFOBLOX_MQ_WAIT_SECOND: not a setting of infoblox-mq"
    )


def test_what_kubernetes_injects_is_ignored() -> None:
    assert settings(
        INFOBLOX_MQ_SERVICE_HOST="10.0.0.1",
        INFOBLOX_MQ_SERVICE_PORT="80",
        INFOBLOX_MQ_PORT="tcp://10.0.0.1:80",
        INFOBLOX_MQ_PORT_80_TCP_ADDR="10.0.0.1",
        INFOBLOX_MQ_OPS_SERVICE_HOST="10.0.0.2",
        INFOBLOX_MQ_OPS_SERVICE_PORT_HTTP="9090",
        INFOBLOX_MQ_OPS_PORT_9090_TCP="tcp://10.0.0.2:9090",
    )


def test_foreign_variables_are_not_looked_at() -> None:
    assert settings(PATH="/bin", LANG="C", INFOBLOX_OTHER="x")


def test_every_problem_is_told_at_once_with_its_variable() -> None:
    text = complaint(
        INFOBLOX_MQ_LEASE_SECONDS="0",
        INFOBLOX_MQ_THREADS="many",
        MCP_PORT="99999",
        INFOBLOX_MQ_TYPO="1",
    )
    for name in ("LEASE_SECONDS", "THREADS", "TYPO"):
        assert f"INFOBLOX_MQ_{name}: " in text
    assert "MCP_PORT: " in text


@pytest.mark.parametrize(
    "address",
    [
        "ftp://csp.infoblox.com",
        "csp.infoblox.com",
        "https://",
        "https://user:secret@csp.infoblox.com",
        "",
    ],
)
def test_only_a_web_address_without_credentials_is_a_base_url(address: str) -> None:
    if not address:
        assert settings(INFOBLOX_BASE_URL=address).infoblox_base_url == "https://csp.infoblox.com"
        return
    assert "INFOBLOX_BASE_URL: " in complaint(INFOBLOX_BASE_URL=address)


def test_a_base_url_loses_its_last_slash() -> None:
    given = settings(INFOBLOX_BASE_URL="http://127.0.0.1:8088/")
    assert given.infoblox_base_url == "http://127.0.0.1:8088"


def test_secrets_print_as_stars() -> None:
    given = settings(INFOBLOX_API_KEY="tell-nobody", INFOBLOX_MQ_SEAL_KEY=KEY)
    assert "tell-nobody" not in repr(given)
    assert KEY not in repr(given)


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    assert settings(INFOBLOX_API_KEY_FILE=str(file)).infoblox_api_key == SecretStr("from-a-file")


def test_a_variable_wins_over_the_file_of_the_same_secret(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-a-file")
    given = settings(INFOBLOX_API_KEY_FILE=str(file), INFOBLOX_API_KEY="direct")
    assert given.infoblox_api_key == SecretStr("direct")


def test_a_secret_file_that_is_missing_is_named() -> None:
    text = complaint(INFOBLOX_MQ_SEAL_KEY_FILE="/nowhere/key")
    assert text == "INFOBLOX_MQ_SEAL_KEY_FILE: No such file or directory: /nowhere/key"


@pytest.mark.parametrize("key", ["short", KEY[:20], f"{KEY},short", "ÄÄÄÄ", f"{KEY},"])
def test_a_seal_key_is_base64_of_32_bytes(key: str) -> None:
    text = complaint(INFOBLOX_MQ_SEAL_KEY=key)
    assert "INFOBLOX_MQ_SEAL_KEY: " in text
    assert key not in text


def test_several_seal_keys_are_given_with_commas() -> None:
    assert settings(INFOBLOX_MQ_SEAL_KEY=f"{KEY}, {KEY}").seal_key is not None


def test_single_caches_may_have_seconds_of_their_own() -> None:
    given = settings(INFOBLOX_MQ_CACHE_TTLS="ip_space=60, dns_zone=0.5")
    assert dict(given.cache_ttls) == {"ip_space": 60, "dns_zone": 0.5}
    assert given.rooms["ip_space"].seconds == 60
    assert given.rooms["dhcp_option"].seconds == 300


@pytest.mark.parametrize("text", ["ip_space", "ip_space=", "ip_space=-1", "nothing=5", "=5"])
def test_what_gives_no_cache_its_seconds_is_refused(text: str) -> None:
    with pytest.raises(NotConfigured, match="INFOBLOX_MQ_CACHE_TTLS"):
        settings(INFOBLOX_MQ_CACHE_TTLS=text)


def test_lists_are_comma_separated() -> None:
    given = settings(INFOBLOX_MQ_ALLOWED_HOSTS=" a.example , b.example:80 ,")
    assert given.allowed_hosts == ("a.example", "b.example:80")


@pytest.mark.parametrize("level", ["debug", "INFO", "Warning"])
def test_a_log_level_may_be_written_in_any_case(level: str) -> None:
    assert settings(LOG_LEVEL=level).log_level == level


def test_an_unknown_log_level_is_refused() -> None:
    assert "LOG_LEVEL: " in complaint(LOG_LEVEL="loud")


def test_settings_cannot_be_changed_later() -> None:
    given = settings()
    with pytest.raises(ValueError, match="frozen"):
        given.threads = 9
