from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared import logs
from shared.hiding import HIDDEN

CANARY = "canary-7f3a"


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    noisy = {name: logging.getLogger(name).level for name in ("urllib3", "mcp", "dramatiq")}
    yield
    logs.clear()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in noisy.items():
        logging.getLogger(name).setLevel(was)


def redacted(**event: Any) -> dict[str, Any]:
    return dict(logs.redact(None, "info", event))


@pytest.mark.parametrize(
    "name",
    ["psk", "vpn_psk", "Password", "client_secret", "token", "API_KEY", "Authorization"],
)
def test_a_field_named_like_a_secret_is_blanked(name: str) -> None:
    assert CANARY not in str(redacted(**{name: CANARY}))


@pytest.mark.parametrize(
    "value",
    [
        {"psk": CANARY},
        {"credentials": {"created": [{"value": CANARY}]}},
        [{"password": CANARY}],
    ],
)
def test_a_secret_deeper_in_a_field_is_blanked_too(value: Any) -> None:
    assert CANARY not in str(redacted(arguments=value))


def test_other_fields_stay_as_they_are() -> None:
    assert redacted(event="job_started", job_id="j1", attempt=2) == {
        "event": "job_started",
        "job_id": "j1",
        "attempt": 2,
    }


@pytest.mark.usefixtures("_restored")
def test_a_line_is_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="info")
    logs.bind(job_id="j1")
    logs.get_logger("test").warning("job_broke", psk=CANARY)
    logs.get_logger("test").debug("too_quiet")
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    fields = json.loads(line)
    assert out == ""
    assert (fields["event"], fields["job_id"], fields["level"]) == ("job_broke", "j1", "warning")
    assert CANARY not in line
    assert fields["timestamp"].endswith("Z")


@pytest.mark.usefixtures("_restored")
def test_lines_of_libraries_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="INFO")
    logging.getLogger("somebody").error("it %s", "broke")
    logging.getLogger("urllib3").info("GET /a/secret/id")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "it broke"


@pytest.mark.usefixtures("_restored")
def test_a_traceback_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="INFO")
    try:
        int("on purpose")
    except ValueError:
        logs.get_logger("test").exception("job_broke")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


@pytest.mark.usefixtures("_restored")
def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=False, level="INFO")
    logs.get_logger("test").info("job_started", job_id="j1")
    err = capsys.readouterr().err
    assert "job_started" in err
    assert "j1" in err
    assert "\x1b[" not in err


@pytest.mark.usefixtures("_restored")
def test_cleared_fields_do_not_reach_the_next_job(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="INFO")
    logs.bind(job_id="j1")
    logs.clear()
    logs.get_logger("test").info("idle")
    assert "j1" not in capsys.readouterr().err


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("name", ["dramatiq.worker", "uvicorn.error", "mcp.server", "py.warnings"])
def test_libraries_log_through_the_same_pipeline(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # A server that ran in this process before may have made its library quiet.
    for one in (name, name.partition(".")[0]):
        monkeypatch.setattr(logging.getLogger(one), "disabled", False)
        monkeypatch.setattr(logging.getLogger(one), "propagate", True)
        logging.getLogger(one).setLevel(logging.NOTSET)
    HIDDEN.add(CANARY)
    logs.configure(json_lines=True, level="INFO")
    logs.bind(job_id="j1")
    problem = RuntimeError(CANARY)
    logging.getLogger(name).error("broke with %s", CANARY, exc_info=problem)
    (line,) = capsys.readouterr().err.splitlines()
    assert CANARY not in line
    fields = json.loads(line)
    assert (fields["level"], fields["job_id"]) == ("error", "j1")
    assert "RuntimeError: ***" in fields["exception"]


@pytest.mark.usefixtures("_restored")
def test_a_warning_of_python_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="INFO")
    logging.getLogger("py.warnings").warning("DeprecationWarning: old")
    assert json.loads(capsys.readouterr().err)["event"] == "DeprecationWarning: old"


@pytest.mark.usefixtures("_restored")
def test_a_field_taken_off_is_on_no_further_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json_lines=True, level="INFO")
    logs.bind(request_id="r1", job_id="j1")
    logs.unbind("request_id")
    logs.get_logger("test").info("next")
    fields = json.loads(capsys.readouterr().err)
    assert "request_id" not in fields
    assert fields["job_id"] == "j1"
