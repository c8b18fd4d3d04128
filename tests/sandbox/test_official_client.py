"""The vendor's own client at work on the sandbox: what it cannot read, the sandbox made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

import pytest
from universal_ddi_client.api_client import ApiClient
from universal_ddi_client.configuration import Configuration
from universal_ddi_client.exceptions import ApiException, NotFoundException

from tests.sandbox.conftest import Caller

# Every field of its models may be None to mypy, and their names are not exported explicitly.
ipam, dns_config, dns_data, ipam_federation, keys = (
    cast("Any", import_module(name))
    for name in ("ipam", "dns_config", "dns_data", "ipam_federation", "keys")
)

Row = dict[str, Any]


class World:
    """Ids of what is there already, found when they are asked for."""

    def __init__(self, api: Caller) -> None:
        self._api = api

    def __getitem__(self, wanted: str) -> str:
        """Find the first id of a path, or `path?filter`."""
        path, _, expression = wanted.partition("?")
        query = {"_filter": expression} if expression else {}
        return str(self._api.rows(f"/api/ddi/v1/{path}", _limit=1, **query)[0]["id"])


@dataclass(frozen=True)
class Case:
    """One kind of object: how it is made, found and changed with the client."""

    api: Any
    model: Any
    make: Callable[[World], Row]
    find: str
    change: Row = field(default_factory=lambda: {"comment": "changed"})
    final: bool = False

    def __str__(self) -> str:
        return str(self.api.__name__.removesuffix("Api"))


def corp(world: World) -> str:
    return world['ipam/ip_space?name=="Corporate"']


def lab_zone(world: World) -> str:
    return world['dns/auth_zone?fqdn=="lab.example.com."']


def view(world: World) -> str:
    return world['dns/view?name=="default"']


def realm(world: World) -> str:
    return world["federation/federated_realm"]


CASES = (
    Case(ipam.IpSpaceApi, ipam.IPSpace, lambda _w: {"name": "new space"}, 'name=="new space"'),
    Case(
        ipam.AddressBlockApi,
        ipam.AddressBlock,
        lambda w: {"address": "10.99.0.0", "cidr": 16, "space": corp(w), "name": "new"},
        'address=="10.99.0.0" and cidr==16',
    ),
    Case(
        ipam.SubnetApi,
        ipam.Subnet,
        lambda w: {"address": "10.98.0.0", "cidr": 24, "space": corp(w)},
        'address=="10.98.0.0" and utilization.used=="0"',
        {"comment": "changed", "dhcp_config": {"lease_time": 60}},
    ),
    Case(
        ipam.RangeApi,
        ipam.Range,
        lambda w: {"start": "10.50.2.20", "end": "10.50.2.29", "space": corp(w)},
        'start=="10.50.2.20"',
    ),
    Case(
        ipam.AddressApi,
        ipam.Address,
        lambda w: {"address": "10.50.1.10", "space": corp(w)},
        'address=="10.50.1.10" and state=="used"',
        {"comment": "changed", "hwaddr": "00:11:22:33:44:55"},
    ),
    Case(
        ipam.IpamHostApi,
        ipam.IpamHost,
        lambda w: {
            "name": "client-host",
            "addresses": [{"address": "10.50.1.11", "space": corp(w)}],
            "auto_generate_records": True,
            "host_names": [{"name": "client-host", "zone": lab_zone(w), "primary_name": True}],
        },
        'name=="client-host"',
    ),
    Case(
        ipam.FixedAddressApi,
        ipam.FixedAddress,
        lambda w: {
            "address": "10.50.1.12",
            "ip_space": corp(w),
            "match_type": "mac",
            "match_value": "AA:BB:CC:00:11:22",
        },
        'match_value=="aa:bb:cc:00:11:22"',
        {"name": "fixed"},
    ),
    Case(
        ipam.HaGroupApi,
        ipam.HAGroup,
        lambda w: {
            "name": "client-group",
            "mode": "active-active",
            "hosts": [
                {"host": w['dhcp/host?name=="lon-dhcp-1"']},
                {"host": w['dhcp/host?name=="nyc-dhcp-1"']},
            ],
        },
        'name=="client-group"',
        final=True,
    ),
    Case(
        ipam.HardwareFilterApi,
        ipam.HardwareFilter,
        lambda _w: {"name": "client-macs", "addresses": ["AA-BB-CC-00-11-23"]},
        'name=="client-macs"',
    ),
    Case(
        ipam.MacAddressItemApi,
        ipam.MacAddressItem,
        lambda w: {
            "address": "aa:bb:cc:00:11:24",
            "hardware_filter_id": w["dhcp/hardware_filter"],
        },
        'address=="aa:bb:cc:00:11:24"',
        {"address": "aa:bb:cc:00:11:25"},
        final=True,
    ),
    Case(
        ipam.OptionSpaceApi,
        ipam.OptionSpace,
        lambda _w: {"name": "client-space", "protocol": "ip4"},
        'name=="client-space"',
    ),
    Case(
        ipam.OptionCodeApi,
        ipam.OptionCode,
        lambda w: {
            "code": 200,
            "name": "client-option",
            "option_space": w['dhcp/option_space?name=="Acme phones"'],
            "type": "text",
        },
        "code==200",
        final=True,
    ),
    Case(
        ipam.OptionGroupApi,
        ipam.OptionGroup,
        lambda w: {
            "name": "client-options",
            "protocol": "ip4",
            "dhcp_options": [
                {"type": "option", "option_code": w["dhcp/option_code"], "option_value": "1"}
            ],
        },
        'name=="client-options"',
    ),
    Case(
        ipam.OptionFilterApi,
        ipam.OptionFilter,
        lambda w: {
            "name": "client-filter",
            "rules": {
                "match": "all",
                "rules": [{"compare": "exists", "option_code": w["dhcp/option_code"]}],
            },
        },
        'name=="client-filter"',
    ),
    Case(ipam.ServerApi, ipam.Server, lambda _w: {"name": "client-dhcp"}, 'name=="client-dhcp"'),
    Case(
        dns_config.ViewApi,
        dns_config.View,
        lambda w: {"name": "client-view", "ip_spaces": [corp(w)]},
        'name=="client-view"',
        {"comment": "changed", "zone_authority": {"default_ttl": 60}},
    ),
    Case(
        dns_config.AuthZoneApi,
        dns_config.AuthZone,
        lambda w: {"fqdn": "client.example", "primary_type": "cloud", "view": view(w)},
        'fqdn=="client.example."',
    ),
    Case(
        dns_config.ForwardZoneApi,
        dns_config.ForwardZone,
        lambda w: {
            "fqdn": "forward.example",
            "view": view(w),
            "external_forwarders": [{"address": "10.0.0.1", "fqdn": "ns.example"}],
        },
        'fqdn=="forward.example."',
        {"forward_only": True},
    ),
    Case(
        dns_config.DelegationApi,
        dns_config.Delegation,
        lambda w: {
            "fqdn": "sub.lab.example.com",
            "view": view(w),
            "delegation_servers": [{"fqdn": "ns.sub.lab.example.com", "address": "10.0.0.2"}],
        },
        'fqdn=="sub.lab.example.com."',
    ),
    Case(
        dns_config.AclApi,
        dns_config.ACL,
        lambda _w: {"name": "client-acl", "list": [{"element": "any", "access": "deny"}]},
        'name=="client-acl"',
    ),
    Case(
        dns_config.AuthNsgApi,
        dns_config.AuthNSG,
        lambda _w: {
            "name": "client-nsg",
            "external_primaries": [
                {"type": "primary", "address": "10.0.0.3", "fqdn": "ns.example."}
            ],
        },
        'name=="client-nsg"',
    ),
    Case(
        dns_config.ForwardNsgApi,
        dns_config.ForwardNSG,
        lambda w: {"name": "client-forward", "hosts": [w["dns/host"]]},
        'name=="client-forward"',
    ),
    Case(
        dns_config.ServerApi,
        dns_config.Server,
        lambda _w: {"name": "client-dns"},
        'name=="client-dns"',
    ),
    Case(
        dns_config.LbdnApi,
        dns_config.LBDN,
        lambda w: {"name": "lb.lab.example.com.", "view": view(w)},
        'name=="lb.lab.example.com."',
        final=True,
    ),
    Case(
        dns_data.RecordApi,
        dns_data.Record,
        lambda w: {
            "zone": lab_zone(w),
            "name_in_zone": "client",
            "type": "A",
            "rdata": {"address": "10.50.1.13"},
            "ttl": 60,
            "inheritance_sources": {"ttl": {"action": "override"}},
        },
        'absolute_name_spec=="client.lab.example.com." and dns_rdata=="10.50.1.13"',
    ),
    Case(
        ipam_federation.FederatedRealmApi,
        ipam_federation.FederatedRealm,
        lambda _w: {"name": "client-realm"},
        'name=="client-realm"',
        final=True,
    ),
    *(
        Case(
            api,
            model,
            lambda w: {"address": "10.130.0.0", "cidr": 16, "federated_realm": realm(w)},
            'address=="10.130.0.0"',
            final=True,
        )
        for api, model in (
            (ipam_federation.FederatedBlockApi, ipam_federation.FederatedBlock),
            (ipam_federation.ReservedBlockApi, ipam_federation.ReservedBlock),
            (ipam_federation.OverlappingBlockApi, ipam_federation.OverlappingBlock),
        )
    ),
    Case(
        keys.TsigApi,
        keys.TSIGKey,
        lambda _w: {"name": "client-key."},
        'name=="client-key."',
        final=True,
    ),
)


@pytest.fixture
def client(url: str) -> ApiClient:
    configuration: Any = Configuration(portal_url=url, portal_key="first")
    configuration.retries = False
    return ApiClient(configuration)


def same(row: Any, wish: Row) -> bool:
    """Tell whether an answer says what was asked for; names and addresses may be completed."""
    shown = row.to_dict()
    asked = {name: value for name, value in wish.items() if name != "inheritance_sources"}
    return all(same_value(shown.get(name), value) for name, value in asked.items())


def same_value(shown: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return all(same_value((shown or {}).get(name), one) for name, one in value.items())
    if isinstance(value, list):
        return len(shown) == len(value) and all(map(same_value, shown, value))
    plain = str(value).casefold().replace("-", ":").rstrip(".")
    return str(shown).casefold().replace("-", ":").rstrip(".") == plain


def known(row: Any) -> bool:
    """Tell whether the client's model knows every field of an answer, inside objects as well."""
    extra = getattr(row, "additional_properties", None)
    inner = [getattr(row, name, None) for name in type(row).model_fields if name != "rdata"]
    rows = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    models = [one for one in rows if hasattr(type(one), "model_fields")]
    return not extra and all(known(one) for one in models)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_object_lives_its_life(case: Case, api: Caller, client: ApiClient) -> None:
    there = case.api(client)
    wish = case.make(World(api))
    made = there.create(body=case.model(**wish)).result
    assert same(made, wish)
    assert known(made)
    assert made.id in [row.id for row in there.list(filter=case.find, limit=10).results]
    with pytest.raises(ApiException) as refusal:
        there.create(body=case.model(**wish))
    assert refusal.value.status == 409
    changed = there.update(id=made.id, body=case.model(**{**wish, **case.change})).result
    read = there.read(id=made.id.rpartition("/")[2]).result
    assert same(changed, case.change)
    assert same(read, case.change)
    there.delete(id=made.id)
    for call in (there.read, there.delete):
        with pytest.raises(NotFoundException):
            call(id=made.id)
    deleted = api.rows("/api/atlas-recyclebin/v1/items", _filter=f'resource_id=="{made.id}"')
    assert len(deleted) == (0 if case.final else 1)


LISTS = (
    *(ipam.DhcpHostApi, ipam.ServiceApi, ipam.FilterApi, ipam.DnsUsageApi, ipam.IpSpaceApi),
    *(dns_config.HostApi, keys.KerberosApi, ipam.SubnetApi, ipam.RangeApi, ipam.AddressApi),
    *(ipam.FixedAddressApi, ipam.IpamHostApi, ipam.HaGroupApi, ipam.OptionCodeApi),
    *(ipam.AddressBlockApi, dns_data.RecordApi, dns_config.AuthZoneApi, dns_config.ForwardZoneApi),
    *(dns_config.DelegationApi, dns_config.ViewApi, dns_config.ServerApi, dns_config.AclApi),
    *(ipam_federation.FederatedBlockApi, ipam_federation.FederatedRealmApi, ipam.ServerApi),
)


@pytest.mark.parametrize("there", LISTS, ids=lambda one: str(one.__name__))
def test_the_client_reads_every_row_that_was_planted(there: Any, client: ApiClient) -> None:
    rows = there(client).list(limit=5000).results
    assert rows
    assert all(known(row) for row in rows)


@pytest.mark.parametrize("there", [ipam.GlobalApi, dns_config.GlobalApi])
def test_there_is_one_global_object(there: Any, client: ApiClient) -> None:
    module = ipam if there is ipam.GlobalApi else dns_config
    model = ipam.DHCPGlobal if module is ipam else dns_config.DNSGlobal
    row = there(client).read().result
    assert known(row)
    changes: Row = {"prefer_option_12": True} if module is ipam else {"lame_ttl": 5}
    assert same(there(client).update(body=model(id=row.id, **changes)).result, changes)
    by_id = getattr(there(client), "read_by_id", None) or there(client).read2
    assert same(by_id(id=row.id).result, changes)


def test_the_next_available_are_taken_and_looked_at(api: Caller, client: ApiClient) -> None:
    blocks = ipam.AddressBlockApi(client)
    block = World(api)['ipam/address_block?address=="10.40.0.0"']
    looked = blocks.list_next_available_subnet(id=block, cidr=26, count=2).results
    taken = blocks.create_next_available_subnet(id=block, cidr=26, count=2, name="n").results
    assert [row.address for row in looked] == [row.address for row in taken]
    assert [row.name for row in taken] == ["n", "n"]
    outer = blocks.create_next_available_ab(id=block, cidr=24, count=1).results
    assert outer[0].parent == block
    subnets = ipam.SubnetApi(client)
    free = subnets.list_next_available_ip(id=taken[0].id, count=2, contiguous=True).results
    used = subnets.create_next_available_ip(id=taken[0].id, count=2, contiguous=True).results
    assert [row.address for row in free] == [row.address for row in used]
    assert all(known(row) for row in (*looked, *taken, *outer, *free, *used))
    assert blocks.create_next_available_ip(id=block).results
    pool = World(api)["ipam/range"]
    assert ipam.RangeApi(client).create_next_available_ip(id=pool, count=3).results
    assert subnets.list_ancestor(id=taken[0].id).results[0].id == block


def test_the_client_reads_where_a_value_comes_from(api: Caller, client: ApiClient) -> None:
    subnets, blocks = ipam.SubnetApi(client), ipam.AddressBlockApi(client)
    row = subnets.list(filter='name=="fra-users-01"').results[0]
    assert row.inheritance_sources is None
    blocks.update(
        id=row.parent,
        body=ipam.AddressBlock(
            address="10.10.0.0", cidr=16, space=row.space, header_option_filename="boot"
        ),
    )
    own = {"header_option_filename": {"action": "override"}}
    for wish, action in ((None, "inherit"), (own, "override")):
        if wish:
            answer = api("PATCH", f"/api/ddi/v1/{row.id}", json={"inheritance_sources": wish})
            assert answer.status_code == 200
        read = subnets.read(id=row.id, inherit="full").result
        source = read.inheritance_sources.header_option_filename
        assert (source.action, source.value) == (action, "boot")
        assert (source.source, source.display_name) == (row.parent, "Frankfurt headquarters")
        assert known(read)
    zone = dns_config.AuthZoneApi(client).list(inherit="full", limit=1).results[0]
    assert zone.inheritance_sources.notify.value is False


def test_copies_are_made_by_a_job(api: Caller, client: ApiClient) -> None:
    spaces = ipam.IpSpaceApi(client)
    lab = World(api)['ipam/ip_space?name=="Lab"']
    made = spaces.copy(id=lab, body=ipam.CopyIPSpace(name="Lab two")).result
    assert made.job_id
    subnet = World(api)['ipam/subnet?name=="fra-users-01"']
    body = ipam.CopySubnet(space=lab, name="copied")
    assert ipam.SubnetApi(client).copy(id=subnet, body=body).result.job_id
    block = World(api)['ipam/address_block?address=="172.16.0.0"']
    many = ipam.BulkCopyIPSpace(copy_objects=[block], target=lab, recursive=True)
    assert spaces.bulk_copy(body=many).results
    views = dns_config.ViewApi(client)
    target = views.create(body=dns_config.View(name="copies")).result.id
    zone = World(api)['dns/auth_zone?fqdn=="example.net."']
    wish = dns_config.BulkCopyView(resources=[zone], target=target)
    assert views.bulk_copy(body=wish).results


def test_the_smaller_calls_are_understood(api: Caller, client: ApiClient) -> None:
    world = World(api)
    assert (
        dns_config.ConvertDomainNameApi(client)
        .convert(domain_name="bücher.example")
        .result.punycode.startswith("xn--bcher-kva")
    )
    flush = dns_config.CacheFlush(ophid="o")
    assert dns_config.CacheFlushApi(client).create(body=flush) is not None
    soa = world['dns/record?type=="SOA"']
    before = dns_data.RecordApi(client).read(id=soa).result.rdata["serial"]
    step = dns_data.SOASerialIncrementRequest(serial_increment=5)
    after = dns_data.RecordApi(client).soa_serial_increment(id=soa, body=step)
    assert after.result.rdata["serial"] == before + 5
    assert keys.GenerateTsigApi(client).generate_tsig(algorithm="hmac_sha512").result.secret
    lease = api.rows("/api/ddi/v1/dhcp/lease", _limit=1)[0]
    address = ipam.LeaseAddress(address=lease["address"], space=lease["space"])
    command = ipam.LeasesCommand(command="clear", address=[address])
    assert ipam.LeasesCommandApi(client).create(body=command).success
    found = f'address=="{lease["address"]}"'
    assert api.rows("/api/ddi/v1/dhcp/lease", _filter=found) == []
    host = world['dhcp/host?name=="fra-dhcp-1"']
    shown = ipam.DhcpHostApi(client).list_associations(id=host)
    assert shown.ha_groups[0].name == "fra-pair"
    assert shown.subnets
    profiles = ipam.ConfigProfileApi(client)
    assert profiles.list_config_profiles(object_id=host).results


def test_federated_blocks_are_taken_once(api: Caller, client: ApiClient) -> None:
    realms = ipam_federation.NextAvailableFederatedBlockApi(client)
    block = World(api)["federation/federated_block"]
    wish = ipam_federation.NextAvailableBlockRequest(cidr=16, count=2)
    taken = realms.create_next_available_federated_blocks(id=block, body=wish).results
    assert len({row.address for row in taken}) == 2
