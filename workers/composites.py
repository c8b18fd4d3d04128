"""Tools that take more than one request: composed reads, and procedures that write."""

from collections.abc import Callable, Mapping
from typing import Any

from workers import (
    hosts,
    insight_status,
    td_status,
    vpn,
    vpn_configure,
    vpn_delete,
    vpn_keys,
    vpn_sites,
)
from workers.caller import Caller
from workers.moves import Procedure

Composite = Callable[[Caller, Mapping[str, Any]], dict[str, Any]]

COMPOSITES: Mapping[str, Composite] = {
    "get_vpn_endpoint_cnames": vpn.endpoint_cnames,
    "list_vpn_credentials": vpn_keys.list_credentials,
    "get_vpn_credential": vpn_keys.get_credential,
}
PROCEDURES: Mapping[str, Procedure] = {
    "configure_vpn_infrastructure": vpn_configure.configure,
    "delete_vpn_service": vpn_delete.delete_service,
    "update_vpn_access_location": vpn_sites.update_site,
    "rebuild_vpn_access_location": vpn_sites.rebuild_site,
    "create_vpn_credential": vpn_keys.create_credential,
    "delete_vpn_credential": vpn_keys.delete_credential,
    "update_security_insight_status": insight_status.set_status,
    "update_td_insight_status": td_status.set_status,
    "provision_host": hosts.provision,
    "decommission_host": hosts.decommission,
}
