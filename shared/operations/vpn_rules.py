"""What must fit together in a VPN payload, beyond the shape of each field.

The rules read plain data and skip what has the wrong shape, so that they find everything else that
is wrong even where the shapes are wrong too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Json = Mapping[str, Any]
Loc = tuple[str | int, ...]
Found = tuple[Loc, Json]

SECTIONS = ("endpoints", "access_locations", "credentials", "locations")
_REFERENCES = {
    "endpoint_id": "endpoints",
    "location_id": "locations",
    "credential_id": "credentials",
}
_PAIR = 2


class Fault(NamedTuple):
    """What is wrong, and where."""

    place: Loc
    message: str


def faults(payload: Json) -> Iterator[Fault]:
    """Return everything that does not fit together."""
    for rule in _RULES:
        yield from rule(payload)


def _fields(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _entries(owner: Json, name: str, place: Loc = ()) -> Iterator[Found]:
    listed = owner.get(name)
    for position, item in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(item, Mapping):
            yield (*place, name, position), item


def _section(payload: Json, section: str, *names: str) -> Iterator[Found]:
    for name in names:
        yield from _entries(_fields(payload.get(section)), name, (section,))


def _tunnel_configs(payload: Json, *names: str) -> Iterator[Found]:
    for place, location in _section(payload, "access_locations", *names):
        yield from _entries(location, "tunnel_configs", place)


def _tunnels(configs: Iterable[Found]) -> Iterator[Found]:
    for place, config in configs:
        yield from _entries(config, "physical_tunnels", place)


def service(payload: Json) -> Iterator[Fault]:
    """A change names the service by id, a new service has a name and capabilities."""
    given = _fields(payload.get("universal_service"))
    needed = {"UPDATE": ("id",), "CREATE": ("name", "capabilities")}
    operation = str(given.get("operation"))
    for name in needed.get(operation, ()):
        if given.get(name) is None:
            yield Fault(("universal_service", name), f"{operation} needs {name}: add it")


def complete(payload: Json) -> Iterator[Fault]:
    """A new service comes with an endpoint and an access location."""
    if _fields(payload.get("universal_service")).get("operation") != "CREATE":
        return
    for section, what in (("endpoints", "endpoint"), ("access_locations", "access location")):
        if not _fields(payload.get(section)).get("create"):
            yield Fault(
                (section, "create"),
                f"CREATE needs at least one {what}: add it, or the deployment stays incomplete",
            )


def capabilities(payload: Json) -> Iterator[Fault]:
    """DNS forwarding is governed by a security policy."""
    given = _fields(payload.get("universal_service"))
    for place, capability in _entries(given, "capabilities", ("universal_service",)):
        if capability.get("type") == "dfp" and capability.get("profile_id") in (None, ""):
            yield Fault(
                (*place, "profile_id"),
                "dfp needs profile_id: give the id of a security policy as text",
            )


def labels(payload: Json) -> Iterator[Fault]:
    """A label means one entry."""
    seen: set[str] = set()
    for section in SECTIONS:
        for place, entry in _section(payload, section, "create"):
            label = entry.get("id")
            if isinstance(label, str) and label in seen:
                yield Fault((*place, "id"), f"{label} is used twice: give each entry its own label")
            seen.add(str(label))


def references(payload: Json) -> Iterator[Fault]:
    """A label that is referred to is defined in the create list it belongs to."""
    defined = {
        section: {str(entry.get("id")) for _, entry in _section(payload, section, "create")}
        for section in SECTIONS
    }
    locations = list(_section(payload, "access_locations", "create", "update"))
    tunnels = _tunnels(_tunnel_configs(payload, "create", "update"))
    for place, entry in (*locations, *tunnels):
        for name, section in _REFERENCES.items():
            label = entry.get(name)
            if _is_label(label) and label not in defined[section]:
                yield Fault(
                    (*place, name),
                    f"{label} is not in {section}.create: add it there, or give an existing id",
                )


def _is_label(value: object) -> bool:
    return isinstance(value, str) and value.startswith("ref_")


def neighbours(payload: Json) -> Iterator[Fault]:
    """An endpoint has two neighbours, which are not its own address; a change may give none."""
    for place, endpoint in _section(payload, "endpoints", "create", "update"):
        given = endpoint.get("neighbour_ips")
        listed = given if isinstance(given, list | tuple) else ()
        left_out = not listed and (given is None or "update" in place)
        addresses = {str(address) for address in listed}
        own = str(endpoint.get("service_ip"))
        if not left_out and (len(addresses) != _PAIR or len(listed) != _PAIR or own in addresses):
            yield Fault(
                (*place, "neighbour_ips"),
                "neighbour_ips must be two different addresses, and neither may be service_ip",
            )


def tunnels_of_kind(payload: Json) -> Iterator[Fault]:
    """Each kind of access location has its own form of primary and secondary tunnel."""
    for place, location in _section(payload, "access_locations", "create", "update"):
        match location.get("type"), location.get("cloud_type"):
            case "Cloud VPN", "AWS":
                form: tuple[int, ...] = (1, 1)
                remedy = (
                    "Cloud VPN on AWS needs exactly two tunnel_configs of one physical tunnel "
                    "each, one with path primary and one with path secondary"
                )
            case "Site", _:
                form = (2,)
                remedy = (
                    "Site needs exactly one tunnel_config of two physical tunnels, one with path "
                    "primary and one with path secondary"
                )
            case _:
                continue
        if not _has_form(location, form):
            yield Fault((*place, "tunnel_configs"), remedy)


def _has_form(location: Json, form: tuple[int, ...]) -> bool:
    configs = [config for _, config in _entries(location, "tunnel_configs")]
    paths = [tunnel.get("path") for _, tunnel in _tunnels(((), config) for config in configs)]
    sizes = tuple(len(list(_entries(config, "physical_tunnels"))) for config in configs)
    return sizes == form and set(paths) == {"primary", "secondary"}


def site_has_location(payload: Json) -> Iterator[Fault]:
    """A new site lies somewhere."""
    for place, location in _section(payload, "access_locations", "create"):
        if location.get("type") == "Site" and location.get("location_id") is None:
            yield Fault(
                (*place, "location_id"),
                "Site needs location_id: a label of locations.create or an existing id",
            )


def ids_as_read(payload: Json) -> Iterator[Fault]:
    """A change names the parts of an access location by the ids they have."""
    configs = list(_tunnel_configs(payload, "update"))
    bgp = [
        found
        for place, tunnel in _tunnels(configs)
        for found in _entries(tunnel, "bgp_configs", place)
    ]
    for place, entry in (*configs, *bgp):
        if entry.get("id") is None:
            yield Fault((*place, "id"), "update needs the id: read the access location and copy it")


_RULES: tuple[Callable[[Json], Iterator[Fault]], ...] = (
    service,
    complete,
    capabilities,
    labels,
    references,
    neighbours,
    tunnels_of_kind,
    site_has_location,
    ids_as_read,
)
