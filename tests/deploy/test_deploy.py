"""What is shipped for running it: each file is put before the program that will read it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from shared.catalog import Queue
from shared.settings import PREFIX, Settings
from tests.deploy.grafana import panel_expressions, script
from tests.support.tools import program, promtool

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/rules.yml"
MANIFESTS = sorted(set((DEPLOY / "kubernetes").glob("*.yaml")) - set(DEPLOY.rglob("kust*.yaml")))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
QUEUES = set(map(str, Queue))


def checked(*command: object) -> str:
    """Run a checker that must be content, and return what it said."""
    ran = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    return said


# --- Prometheus and Grafana


def test_prometheus_takes_its_configuration() -> None:
    checked(promtool(), "check", "config", "--syntax-only", DEPLOY / "prometheus/prometheus.yml")


def test_every_alert_fires_when_it_should() -> None:
    checked(promtool(), "check", "rules", RULES)
    checked(promtool(), "test", "rules", RULES.with_name("rules_test.yml"))


def test_every_alert_is_tested_and_says_what_to_do() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    alerts = [rule for rule in group["rules"] if "alert" in rule]
    assert all({"summary", "advice"} <= rule["annotations"].keys() for rule in alerts)
    tests = yaml.safe_load(RULES.with_name("rules_test.yml").read_text())["tests"]
    fired = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert fired == {rule["alert"] for rule in alerts}


def test_the_dashboard_is_what_its_script_makes() -> None:
    made: Any = script()
    assert made.TARGET.read_text() == made.built(), "run: python deploy/grafana/build.py"
    panels = [one for one in json.loads(made.built())["panels"] if one["type"] != "row"]
    assert all(panel["targets"] and panel["description"] for panel in panels)


def test_every_expression_of_the_dashboard_is_understood(tmp_path: Path) -> None:
    lines = [{"record": f"a:{n}", "expr": line} for n, line in enumerate(panel_expressions())]
    rules = tmp_path / "panels.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": lines}]}))
    checked(promtool(), "check", "rules", rules)


# --- Kubernetes


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_kubernetes_takes_the_manifests(path: Path) -> None:
    for document in documents(path):
        if document["apiVersion"].startswith("keda.sh/"):
            continue  # its schema is not shipped with that of Kubernetes
        kubernetes_validate.validate(document, "1.33", strict=True)


def test_what_is_scaled_is_what_is_deployed() -> None:
    workers = {one["metadata"]["name"] for one in documents(DEPLOY / "kubernetes/workers.yaml")}
    scaled = documents(DEPLOY / "kubernetes/scaling.yaml")
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == workers
    assert workers == {f"infoblox-mq-worker-{queue}" for queue in QUEUES}
    for one in scaled:
        query = one["spec"]["triggers"][0]["metadata"]["query"]
        assert f'queue="{one["metadata"]["name"].rpartition("-")[2]}"' in query


def test_only_workers_get_the_api_key_and_no_secret_is_written_down() -> None:
    for path in MANIFESTS:
        for document in documents(path):
            assert document["kind"] != "Secret"
            holds = "infoblox-mq-api" in json.dumps(document)
            assert holds == (path.stem == "workers"), path


def test_every_container_is_hardened() -> None:
    for path in MANIFESTS:
        for document in documents(path):
            pod = document.get("spec", {}).get("template", {}).get("spec")
            for container in pod["containers"] if pod else ():
                assert pod["securityContext"]["runAsNonRoot"]
                assert not pod["automountServiceAccountToken"]
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*")), ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    if not path.is_file() or "local" in path.parts:
        return
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in set(re.findall(rf"{PREFIX}[A-Z_]+", path.read_text())):
        assert name.removesuffix("_FILE") in known or name in known, name


# --- systemd, HAProxy, nginx


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_takes_the_units(path: Path, tmp_path: Path) -> None:
    name = path.name.replace("@", "@niosxaas")
    unit = tmp_path / name
    # The place of the program is checked too, and here it is not installed.
    unit.write_text(path.read_text().replace("/opt/infoblox-mq/bin/infoblox-mq", "/bin/true"))
    said = checked(program("systemd-analyze", package="systemd"), "verify", "--man=no", unit)
    assert name not in said


def test_systemd_starts_a_worker_for_every_queue() -> None:
    target = (DEPLOY / "systemd/infoblox-mq.target").read_text()
    assert set(re.findall(r"infoblox-mq-worker@(\w+)\.service", target)) == QUEUES


def test_haproxy_takes_its_configuration() -> None:
    haproxy = program("haproxy", package="haproxy")
    checked(haproxy, "-c", "-f", DEPLOY / "haproxy/haproxy.cfg")


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; include {DEPLOY}/nginx/infoblox-mq.conf; }}\n"
    )
    nginx = program("nginx", package="nginx-light")
    checked(nginx, "-t", "-q", "-p", tmp_path, "-c", config)
