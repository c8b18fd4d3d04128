"""`infoblox-mq bulk`: a CSV file becomes one job."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.test_commands import clean, run
from tests.support.chaos import rows
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
RECORDS = "/api/ddi/v1/dns/record"


def table(place: Path, *lines: tuple[object, ...]) -> str:
    path = place / "hosts.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return str(path)


def test_a_file_of_hosts_becomes_their_records(
    stack: Begin, sandbox: Sandbox, tmp_path: Path
) -> None:
    here = stack("infoblox")
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    lines = [(f"csv-{n}", f"10.8.0.{n}", "" if n else "600", "0600") for n in range(12)]
    path = table(tmp_path, ("host", "ip", "ttl", "note"), *lines)
    given = ("name={host}", "ip_address={ip}", f"zone={zone}", "ttl={ttl}", "comment=no {note}")
    planned = run("bulk", "create_a_record", "--csv", path, *given, "--dry-run", env=here.env)
    assert json.loads(planned.stdout)["not_planned"] == 7, planned.stderr
    assert sandbox.journal(method="POST") == []
    done = run("bulk", "create_a_record", "--csv", path, *given, env=here.env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"] == "12 of 12 done"
    made = {row["name_in_zone"]: row for row in rows(sandbox, RECORDS)}
    assert made["csv-0"]["ttl"] == 600
    assert made["csv-7"]["rdata"] == {"address": "10.8.0.7"}
    assert made["csv-7"]["comment"] == "no 0600"


def test_columns_named_as_arguments_need_no_template(
    stack: Begin, sandbox: Sandbox, tmp_path: Path
) -> None:
    here = stack("infoblox")
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    lines = [
        ("a", zone, "10.8.1.1"),
        ("b", "dns/auth_zone/00000000-0000-4000-8000-000000000000", "10.8.1.2"),
    ]
    path = table(tmp_path, ("name", "zone", "ip_address"), *lines)
    ended = run("bulk", "create_a_record", "--csv", path, "--json", env=here.env)
    assert ended.returncode == 1
    result = json.loads(ended.stdout)["result"]
    assert (result["done"], result["failed"]) == (1, 1)
    assert result["failures"][0]["index"] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has 0 lines"),
        ("name\n", "has 0 lines"),
        ("name,ip\na\n", "line 2: has not as many cells"),
        ("name,ip\na,b,c\n", "line 2: has not as many cells"),
        ("host\nx\n", "{name}: no such column; it has host"),
        ("name\n" + "x\n" * 1001, "has 1001 lines"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_before_anything_runs(
    text: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "hosts.csv"
    path.write_text(text)
    ended = run("bulk", "create_a_record", "--csv", str(path), "name={name}", env=clean(tmp_path))
    assert ended.returncode == 2
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1
