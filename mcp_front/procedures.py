"""The usual procedures as prompts: what is asked for, and the steps in words for an agent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MANNERS = """
Look before you change anything, and show me a dry run (dry_run=true) before every change; change
only after I agreed. When an answer says status running, call job_wait with its job_id until it
ends, and do not repeat the call. When one says unknown, read the object before anything else."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Something to be filled in; without a default it has to be. `source` completes it: the name
    of a list of the account, or the words there are."""

    name: str
    description: str
    default: str | None = None
    source: str | tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """A prompt. `content` gets the blanks and returns text, or blocks of content."""

    title: str
    description: str
    blanks: tuple[Blank, ...]
    content: Callable[[Mapping[str, str]], Any]


def _steps(text: str) -> Callable[[Mapping[str, str]], str]:
    def filled(words: Mapping[str, str]) -> str:
        return text.strip().format(**words) + "\n" + _MANNERS

    return filled


PROCEDURES: Mapping[str, Procedure] = {
    "provision_host": Procedure(
        "Provision a host",
        "Give a host an address in a subnet, and its DNS records.",
        (
            Blank("name", "Name of the host, without the zone"),
            Blank("space", "IP space", source="spaces"),
            Blank("subnet", "Subnet, as in 10.1.2.0/24", "the subnet that fits best"),
            Blank("zone", "DNS zone of its records", "no zone", source="zones"),
        ),
        _steps("""
Provision the host {name} in the IP space {space}; subnet: {subnet}; DNS zone: {zone}.

1. list_ip_spaces: find the id of the space.
2. list_subnets in that space: find the subnet. If several fit, show them and ask me.
3. list_ipam_hosts: make sure that the name is not taken. If it is, stop and show me the host.
4. preview_next_available_ip_in_subnet: show me the address it would get.
5. create_ipam_host with that address. If a zone is wanted, list_auth_zones tells its id and view:
   have the records made with the host.
6. get_ipam_host: show me name, address and records as they are now.
"""),
    ),
    "onboard_site_vpn": Procedure(
        "Connect a site by VPN",
        "Bring a site to Infoblox's service by IPsec: location, keys, service, tunnels.",
        (
            Blank("site", "Name of the site"),
            Blank("country", "Country of the site, as in Germany"),
            Blank("gateway", "Public address of the site's gateway"),
            Blank("region", "Cloud region of the service", "the nearest region"),
            Blank("service", "What the site needs", "dns", source=("dns", "dhcp", "security")),
        ),
        _steps("""
Connect the site {site} ({country}, gateway {gateway}) by VPN; region: {region}; service: {service}.

1. list_universal_services and list_access_locations: is the site connected already? If so, stop and
   show me.
2. consolidated_get_catalog and list_cloud_regions: choose the region and the size; show me both.
3. Ask me for the pre-shared key of each tunnel (16 characters or more) or for credentials that
   exist (list_vpn_credentials). Never make one up and never repeat one.
4. configure_vpn_infrastructure with one payload: universal service, two endpoints, access location
   with its tunnels, credentials, location. Use wait_until=ready, first as a dry run.
5. It takes minutes: job_wait until it ends.
6. get_vpn_endpoint_cnames and list_vpn_connection_status: tell me what the site's gateway has to
   peer with, and which tunnels are up.
"""),
    ),
    "triage_insights": Procedure(
        "Triage security insights",
        "Rank the open SOC insights, and say what to do about each.",
        (
            Blank(
                "priority",
                "Only insights of this priority",
                "all priorities",
                source=("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"),
            ),
            Blank("most", "How many to look into", "5"),
        ),
        _steps("""
Triage the active security insights; priority: {priority}; look into {most} at most.

1. list_security_insights: rank them by priority, number of events and age.
2. For each of the first {most}: get_security_insight_details, get_insight_affected_assets,
   get_insight_threat_indicators, and get_insight_comments_history for what others found.
3. A table: insight, what happened, who is affected, how sure it is, what to do.
4. Propose what to block. list_threat_named_lists shows where; add_named_list_items only after I
   agreed, item by item.
5. update_security_insight_status with a comment, only after I agreed.
"""),
    ),
    "capacity_report": Procedure(
        "Report address capacity",
        "Say which subnets run full, and where there is room.",
        (
            Blank("space", "IP space", "every space", source="spaces"),
            Blank("threshold", "Used per cent from which a subnet counts as full", "80"),
        ),
        _steps("""
Report the address capacity; IP space: {space}; a subnet is full from {threshold} per cent on.

1. list_ip_spaces: the spaces and their ids.
2. list_subnets of each, page by page while next_offset is given: address, name, utilization.
3. list_address_blocks: where there is free room for new subnets.
4. A table of the full subnets, the fullest first: space, subnet, used, free, the block around it.
5. Propose for each what to do: reclaim, widen, or a new subnet (preview_next_available_subnet).
   Change nothing.
"""),
    ),
}
