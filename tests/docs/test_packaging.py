"""What is shipped beside the code: wheel, locks, image, compose, Procfile, Makefile."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.tools import missing

ROOT = Path(__file__).parents[2]
CODE = ("infoblox_mq", "mcp_front", "workers", "dashboard", "shared", "sandbox")
QUEUES = ("infoblox", "niosxaas", "atcfw", "insights")
API_TOTAL_TIMEOUT_SECONDS = 67
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pyproject() -> dict[str, Any]:
    return tomllib.loads(text("pyproject.toml"))


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text("docker-compose.yml"))["services"]
    return found


def workers() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services().items() if name.startswith("worker-")}


def pinned(lock: str) -> dict[str, str]:
    return dict(REQUIREMENT.findall(text(lock)))


def normal(requirement: str) -> str:
    """Name a requirement the way a lock file does."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def seconds(duration: str) -> float:
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration)
    assert found
    minutes, rest = (int(part or 0) for part in found.groups())
    return minutes * 60 + rest


# Compose


def test_compose_publishes_front_end_and_ops_server_alone_and_on_this_machine_only() -> None:
    published = {name: s["ports"] for name, s in services().items() if "ports" in s}
    watching = {"prometheus", "grafana", "jaeger"}
    assert published.keys() == {"front", "ops", *watching}
    assert published["front"] == ["127.0.0.1:4005:4005"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    optional = {name for name, s in services().items() if s.get("profiles")}
    assert optional == watching
    assert not [name for name, s in services().items() if s.get("network_mode")]


@pytest.mark.parametrize("name", sorted(services()))
def test_every_container_is_hardened(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])  # noqa: S108 - a mount
    assert int(service["user"].split(":")[0]) > 0
    assert service["init"] is True
    assert service["mem_limit"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]
    assert name == "jaeger" or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(services()))
def test_stopping_waits_longer_than_one_api_call_may_take(name: str) -> None:
    assert seconds(services()[name]["stop_grace_period"]) > API_TOTAL_TIMEOUT_SECONDS


def test_the_store_never_forgets_an_accepted_job() -> None:
    command = services()["valkey"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--maxmemory"] == "512mb"
    assert services()["valkey"]["volumes"] == ["store:/data"]


def test_the_store_is_reached_over_an_internal_network_only() -> None:
    networks = yaml.safe_load(text("docker-compose.yml"))["networks"]
    assert services()["valkey"]["networks"] == ["store"]
    assert networks["store"]["internal"] is True


def test_only_workers_get_the_api_key() -> None:
    holders = {name for name, service in services().items() if "api_key" in str(service)}
    assert holders == set(workers())
    assert "INFOBLOX_API_KEY:" not in text("docker-compose.yml")


def test_the_seal_key_is_never_written_inline() -> None:
    for service in services().values():
        assert "INFOBLOX_MQ_SEAL_KEY" not in service.get("environment", {})
    declared = yaml.safe_load(text("docker-compose.yml"))["secrets"]
    assert all(list(secret) == ["file"] for secret in declared.values())
    assert "/deploy/local/" in text(".gitignore").splitlines()


def test_compose_starts_one_worker_for_each_queue() -> None:
    assert sorted(service["command"] for service in workers().values()) == sorted(
        ["worker", queue] for queue in QUEUES
    )
    for service in workers().values():
        assert service["command"][1] in service["healthcheck"]["test"]


# Procfile, Dockerfile, Makefile, continuous integration


def test_the_procfile_has_one_front_end_one_ops_server_and_one_worker_for_each_queue() -> None:
    lines = [line for line in text("Procfile").splitlines() if not line.startswith("#")]
    commands = sorted(line.split(":", 1)[1].strip() for line in lines)
    expected = [
        "infoblox-mq http",
        "infoblox-mq ops",
        *(f"infoblox-mq worker {queue}" for queue in QUEUES),
    ]
    assert commands == sorted(expected)


def test_the_image_runs_without_root_and_without_build_tools() -> None:
    stages = re.split(r"^FROM ", text("Dockerfile"), flags=re.MULTILINE)[1:]
    assert len(stages) > 1
    users = re.findall(r"^USER (\d+):\d+$", stages[-1], flags=re.MULTILINE)
    assert users
    assert int(users[-1]) > 0
    assert "pip install" not in stages[-1]
    assert 'ENTRYPOINT ["infoblox-mq"]' in stages[-1]


def test_the_image_and_compose_agree_on_the_user() -> None:
    assert f"USER {services()['front']['user']}\n" in text("Dockerfile")


def test_the_image_installs_nothing_without_a_hash() -> None:
    installs = re.findall(r"pip install (.*)", text("Dockerfile"))
    assert installs
    for arguments in installs:
        assert "--require-hashes" in arguments or "--no-deps --no-index" in arguments


def test_the_build_context_holds_every_folder_of_the_code() -> None:
    kept = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    assert {*CODE, "pyproject.toml", "requirements.lock", "requirements-runtime.lock"} <= kept


@pytest.mark.parametrize(
    "target", ["install", "demo", "up", "test", "check", "bench", "soak", "lock", "clean"]
)
def test_make_help_lists_the_target(target: str) -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert re.search(rf"^ +make {target} ", shown.stdout, flags=re.MULTILINE)


def test_continuous_integration_runs_make_test() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert text(".ci/run").rstrip().splitlines()[-1] == "make test"


# Locks and versions


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_every_locked_requirement_carries_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", text(lock), flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_a_lock_names_no_place(lock: str) -> None:
    assert not re.search(r"://|^-|@ |/", text(lock), flags=re.MULTILINE)


def test_the_locks_cover_what_pyproject_asks_for() -> None:
    project = pyproject()
    runtime = {normal(requirement) for requirement in project["project"]["dependencies"]}
    dev = {normal(requirement) for requirement in project["dependency-groups"]["dev"]}
    assert runtime <= pinned("requirements-runtime.lock").keys()
    assert runtime | dev <= pinned("requirements.lock").keys()
    assert not {"pytest", "ruff", "mypy", "hatchling"} & pinned("requirements-runtime.lock").keys()


def test_the_image_runs_the_versions_that_were_tested() -> None:
    assert pinned("requirements-runtime.lock").items() <= pinned("requirements.lock").items()


def test_the_version_is_the_newest_of_the_changelog() -> None:
    headings = re.findall(r"^## \[([^\]]+)\]", text("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    version = pyproject()["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert headings[1:2] in ([], [version])


# Code


def modules() -> Iterator[Path]:
    for folder in CODE:
        yield from (ROOT / folder).rglob("*.py")


def test_no_module_is_longer_than_its_budget() -> None:
    tables = ROOT / "shared/operations"
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert sizes
    too_long = {
        str(path.relative_to(ROOT)): size
        for path, size in sizes.items()
        if size > (500 if tables in path.parents else 300)
    }
    assert too_long == {}


def test_every_tool_knows_every_folder_of_the_code() -> None:
    tool = pyproject()["tool"]
    wheel_target = tool["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel_target["only-include"]) == set(CODE)
    assert {"infoblox_mq", *wheel_target["sources"]} == set(CODE)
    assert set(tool["mypy"]["files"]) - {"tests", "benchmarks", "deploy"} == set(CODE)
    assert set(tool["coverage"]["run"]["source"]) == set(CODE)
    assert set(tool["importlinter"]["root_packages"]) == set(CODE)


# Wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not importlib.util.find_spec("hatchling"):
        missing("hatchling is not installed: run `make install`")
    target = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *options,
        "--wheel-dir",
        str(target),
        str(ROOT),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = target.glob("*.whl")
    return found


@pytest.mark.slow
def test_the_wheel_adds_one_name_to_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"infoblox_mq"}


@pytest.mark.slow
def test_the_wheel_carries_every_file_of_the_code(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    left_out = [
        str(path.relative_to(ROOT))
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and place_in_wheel(path.relative_to(ROOT)) not in shipped
    ]
    assert left_out == []


def place_in_wheel(path: Path) -> str:
    root = Path() if path.parts[0] == "infoblox_mq" else Path("infoblox_mq/_app")
    return (root / path).as_posix()


@pytest.mark.slow
def test_the_wheel_carries_the_scripts_of_the_ledger(wheel: Path) -> None:
    scripts = {path.name for path in (ROOT / "shared").rglob("*.lua")}
    with zipfile.ZipFile(wheel) as archive:
        carried = {Path(name).name for name in archive.namelist() if name.endswith(".lua")}
    assert carried == scripts != set()


@pytest.mark.slow
@pytest.mark.parametrize("folder", CODE[1:])
def test_an_installed_wheel_finds_its_own_folders(wheel: Path, tmp_path: Path, folder: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import infoblox_mq; "
        "from importlib.util import find_spec; "
        f"print(*find_spec({folder!r}).submodule_search_locations)"
    )
    # -I -S: without the checkout, which an editable install puts on the path.
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(tmp_path / "infoblox_mq/_app" / folder)
