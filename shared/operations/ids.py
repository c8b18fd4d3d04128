"""The kinds of objects that arguments name."""

from typing import Annotated

from shared.identifiers import ObjectId

SpaceId = Annotated[str, ObjectId("ipam/ip_space")]
BlockId = Annotated[str, ObjectId("ipam/address_block")]
SubnetId = Annotated[str, ObjectId("ipam/subnet")]
RangeId = Annotated[str, ObjectId("ipam/range")]
AddressId = Annotated[str, ObjectId("ipam/address")]
IpamHostId = Annotated[str, ObjectId("ipam/host")]
# What an address lies in, and what an address block or subnet lies in.
PlaceId = Annotated[str, ObjectId("ipam/subnet", "ipam/range", "ipam/address_block")]
ContainerId = Annotated[str, ObjectId("ipam/address_block", "ipam/subnet", "ipam/ip_space")]

DhcpHostId = Annotated[str, ObjectId("dhcp/host")]
DhcpServerId = Annotated[str, ObjectId("dhcp/server")]
HardwareFilterId = Annotated[str, ObjectId("dhcp/hardware_filter")]
OptionFilterId = Annotated[str, ObjectId("dhcp/option_filter")]
FilterId = Annotated[str, ObjectId("dhcp/hardware_filter", "dhcp/option_filter")]
OptionCodeId = Annotated[str, ObjectId("dhcp/option_code")]
OptionGroupId = Annotated[str, ObjectId("dhcp/option_group")]
OptionSpaceId = Annotated[str, ObjectId("dhcp/option_space")]

ViewId = Annotated[str, ObjectId("dns/view")]
ZoneId = Annotated[str, ObjectId("dns/auth_zone")]
ForwardZoneId = Annotated[str, ObjectId("dns/forward_zone")]
RecordId = Annotated[str, ObjectId("dns/record")]
AclId = Annotated[str, ObjectId("dns/acl")]
AuthNsgId = Annotated[str, ObjectId("dns/auth_nsg")]
ForwardNsgId = Annotated[str, ObjectId("dns/forward_nsg")]
DnsHostId = Annotated[str, ObjectId("dns/host")]
DnsServerId = Annotated[str, ObjectId("dns/server")]
TsigKeyId = Annotated[str, ObjectId("keys/tsig")]
KerberosKeyId = Annotated[str, ObjectId("keys/kerberos")]

RealmId = Annotated[str, ObjectId("federation/federated_realm")]
PoolId = Annotated[str, ObjectId("federation/federated_pool")]
CopiedZoneId = Annotated[
    str, ObjectId("dns/auth_zone", "dns/forward_zone", "dns/delegation", "dns/view")
]
