"""Giving an access location its real tunnel addresses: in place, or by deleting and creating it.

In place, IPsec comes up and BGP may stay down on the cloud side; a rebuild does not have that flaw.
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import Conflict, Refused
from shared.identifiers import bare
from shared.ledger import Outcome
from workers import vpn
from workers.moves import Finished, Json, Move, Send, Wait, Work
from workers.vpn_keys import named, suffixed

_ENDPOINT = (
    *("name", "size", "service_location", "service_ip", "neighbour_ips", "preferred_provider"),
    *("tags", "routing_type", "routing_config"),
)
_SITE = ("type", "name", "routing_type", "cloud_type", "cloud_region", "location_id")
_BGP_NOTE = (
    "BGP may stay down on the cloud side after a change in place; if it does, "
    "rebuild_vpn_access_location creates the tunnels anew."
)


def update_site(work: Work) -> Move:
    """Return the next move of a change in place: nothing to send where it is as asked."""
    site = _site(work, work.arguments["location_id"])
    tunnels = _wanted(work.arguments, site)
    if tunnels == _tunnels(site):
        return Finished(_updated(site, changed=work.unsure))
    endpoint = _endpoint(work, site)
    body = {
        "universal_service": vpn.unchanged_service(_service(work, endpoint)),
        "access_locations": _lists(update=[_entry(site) | {"tunnel_configs": tunnels}]),
        "endpoints": _lists(
            update=[{"id": bare(endpoint["id"]), **vpn.picked(endpoint, *_ENDPOINT)}]
        ),
    }
    return Send(
        vpn.configure(body),
        lambda _body: Finished(_updated(site | {"tunnel_configs": tunnels}, changed=True)),
        f"update access location {site.get('name')}",
        slow=True,
    )


def rebuild_site(work: Work) -> Move:
    """Return the next move of a rebuild: delete, let the tunnel ids rest, create."""
    site_id = bare(work.arguments["access_location_id"])
    there = vpn.one(work.look, vpn.ACCESS_LOCATIONS, site_id)
    if there is not None:
        return _delete(work, there)
    site = work.memo.get("site")
    if site is None:
        raise Refused(
            f"there is no access location {site_id}",
            advice="list_access_locations shows those there are. Nothing was changed.",
        )
    if "deleted_at" not in work.memo:
        return _deleted(work, None)
    left = work.memo["deleted_at"] + work.times.tunnel_rest - work.job.now
    if left > 0:
        return Wait(left, f"tunnel ids rest for {left:.0f} s before they can be used again")
    return _create(work, site)


def _delete(work: Work, site: Json) -> Move:
    endpoint = _endpoint(work, site)
    body = {
        "universal_service": vpn.unchanged_service(_service(work, endpoint)),
        "access_locations": _lists(delete=[bare(site["id"])]),
    }
    memo = {"site": site, "cnames": endpoint.get("cnames") or []}
    return Send(
        vpn.configure(body),
        lambda answer: _deleted(work, answer),
        f"delete access location {site.get('name')}",
        memo=memo,
        slow=True,
    )


def _deleted(work: Work, _answer: Any) -> Wait:
    rest = work.times.tunnel_rest
    story = ["deleted the access location; its fields are in the job's result if it is cancelled"]
    return Wait(
        rest,
        f"deleted; tunnel ids rest for {rest:.0f} s before they can be used again",
        memo={"deleted_at": work.job.now, "story": story},
        instead=Outcome("cancelled", {"deleted": work.memo.get("site"), "created": None}),
    )


def _create(work: Work, site: Json) -> Move:
    endpoint = _endpoint(work, site)
    again = [
        row
        for row in vpn.of_service(work.look, vpn.ACCESS_LOCATIONS, endpoint[vpn.OWNER])
        if row.get("name") == site.get("name")
        and bare(row.get("endpoint_id") or "") == bare(endpoint["id"])
    ]
    if again and _addresses(again[0]) == _asked(work):
        return Finished(_rebuilt(work, again[0], endpoint))
    if again:
        raise Conflict(
            f"somebody else created an access location {site.get('name')!r} meanwhile: "
            f"{again[0]['id']}"
        )
    credentials, references = _credentials(work, site)
    entry = _entry(site, new=True) | {"tunnel_configs": _new_tunnels(work, site, references)}
    body = {
        "universal_service": vpn.unchanged_service(_service(work, endpoint)),
        "access_locations": _lists(create=[entry]),
        "credentials": {"create": credentials, "update": []},
    }

    def after(answer: Any) -> Finished:
        made = ((answer or {}).get("access_locations") or {}).get("created") or [{}]
        return Finished(_rebuilt(work, site | made[0], endpoint))

    return Send(vpn.configure(body), after, f"create access location {site.get('name')}", slow=True)


def _credentials(work: Work, site: Json) -> tuple[list[Json], dict[str, str]]:
    """Return the keys to make and the reference of each path; one that this job made is used."""
    made: list[Json] = []
    references: dict[str, str] = {}
    for path, short in (("primary", "pri"), ("secondary", "sec")):
        name = suffixed(f"{site.get('name') or 'site'}-{short}", work.job.id)
        found = named(work.look, name)
        references[path] = str(found["id"]) if found else f"ref_cred_{short}"
        if found is None:
            value = work.arguments["psk"]
            key = {"id": references[path], "type": "psk", "name": name, "value": value}
            made.append(key | {"cred_data": {}})
    return made, references


def _new_tunnels(work: Work, site: Json, references: Mapping[str, str]) -> list[Json]:
    asked = {tunnel["path"]: tunnel for tunnel in work.arguments["tunnels"]}
    return [
        vpn.picked(config, "name", "wan_ip", "identity_type")
        | {
            "physical_tunnels": [
                _new_tunnel(tunnel, asked[tunnel["path"]], references[tunnel["path"]])
                for tunnel in config["physical_tunnels"]
            ]
        }
        for config in site["tunnel_configs"]
    ]


def _new_tunnel(tunnel: Json, asked: Mapping[str, Any], reference: str) -> Json:
    bgp = [
        {"asn": str(one["asn"]), "hop_limit": one.get("hop_limit") or 2}
        | {"neighbour_ips": [asked["neighbour_ip"]] if asked.get("neighbour_ip") else []}
        for one in tunnel.get("bgp_configs") or []
    ]
    return {
        "path": tunnel["path"],
        "credential_id": reference,
        "index": tunnel.get("index") or 0,
        "access_ip": asked["access_ip"],
        "bgp_configs": bgp,
    }


def _wanted(arguments: Mapping[str, Any], site: Json) -> list[Json]:
    """Return the tunnels as they shall be: replaced whole, or with new addresses by path."""
    if given := arguments.get("tunnel_configs"):
        return [_plain(config) for config in given]
    addresses = dict(zip(("primary", "secondary"), arguments["wan_ip_addresses"], strict=False))
    return [
        config
        | {
            "physical_tunnels": [
                tunnel | {"access_ip": addresses.get(tunnel["path"], tunnel.get("access_ip"))}
                for tunnel in config["physical_tunnels"]
            ]
        }
        for config in _tunnels(site)
    ]


def _tunnels(site: Json) -> list[Json]:
    return [_plain(config) for config in site.get("tunnel_configs") or []]


def _plain(config: Mapping[str, Any]) -> Json:
    """Return a tunnel configuration as an update sends it: what only the server sets is left."""
    return vpn.picked(config, "id", "name", "wan_ip", "identity_type") | {
        "physical_tunnels": [
            {"index": tunnel.get("index") or 0}
            | vpn.picked(tunnel, "path", "credential_id", "access_ip")
            | {
                "bgp_configs": [
                    {"asn": str(bgp["asn"]), "hop_limit": bgp.get("hop_limit") or 2}
                    | vpn.picked(bgp, "id", "cloud_cidr")
                    for bgp in tunnel.get("bgp_configs") or []
                ]
            }
            for tunnel in config["physical_tunnels"]
        ]
    }


def _site(work: Work, site_id: str) -> Json:
    return vpn.needed(
        work.look,
        vpn.ACCESS_LOCATIONS,
        site_id,
        what="access location",
        tool="list_access_locations",
    )


def _endpoint(work: Work, site: Json) -> Json:
    tool = "list_vpn_endpoints"
    return vpn.needed(work.look, vpn.ENDPOINTS, site["endpoint_id"], what="endpoint", tool=tool)


def _service(work: Work, endpoint: Json) -> Json:
    tool = "list_universal_services"
    return vpn.needed(work.look, vpn.SERVICES, endpoint[vpn.OWNER], what="service", tool=tool)


def _entry(site: Json, *, new: bool = False) -> Json:
    entry = {
        "endpoint_id": bare(site["endpoint_id"]),
        "lan_subnets": site.get("lan_subnets") or [],
        **vpn.picked(site, *_SITE, "wan_ip_addresses"),
    }
    return entry if new else entry | {"id": bare(site["id"])}


def _lists(**given: list[Any]) -> Json:
    return {"create": [], "update": [], "delete": [], **given}


def _addresses(site: Json) -> dict[str, str]:
    return {
        tunnel["path"]: str(tunnel.get("access_ip"))
        for config in site.get("tunnel_configs") or []
        for tunnel in config["physical_tunnels"]
    }


def _asked(work: Work) -> dict[str, str]:
    return {tunnel["path"]: tunnel["access_ip"] for tunnel in work.arguments["tunnels"]}


def _updated(site: Json, *, changed: bool) -> Json:
    return {
        "id": site["id"],
        "name": site.get("name"),
        "changed": changed,
        "access_ips": _addresses(site),
        "note": _BGP_NOTE if changed else "It had these addresses already; nothing was sent.",
    }


def _rebuilt(work: Work, site: Json, endpoint: Json) -> Json:
    before, now = work.memo["cnames"], endpoint.get("cnames") or []
    same = before == now
    result = {
        "access_location": vpn.picked(site, "id", "name"),
        "access_ips": _asked(work),
        "cnames": now,
        "cnames_unchanged": same,
    }
    warning = f"The service addresses changed from {before}: point the cloud side at the new ones."
    return result if same else result | {"note": warning}
