"""What operators call things: the words a tool is found by, beside those of its name and text.

By a part of the tool's name for what all tools of an object share, and by the whole name for one
tool's own. German stands where the word is not the English one, without umlauts: ae, oe, ue, ss.
"""

from collections.abc import Mapping

OBJECTS: Mapping[str, str] = {
    "ip_space": "address space plan vrf routing domain overlapping tenant adressraum adressplan",
    "address_block": "supernet container network aggregate prefix pool large cidr superblock "
    "adressblock uebernetz",
    "subnet": "network net lan vlan segment prefix cidr scope site mask netz netzwerk subnetz "
    "netzbereich",
    "ip_range": "dhcp pool scope dynamic addresses start end bereich adressbereich",
    "_ip_in_range": "dhcp pool scope free unused ip address",
    "_ip_in_subnet": "free unused next available ip address host network lan freie adresse",
    "_ip_in_address_block": "free unused next available ip address supernet freie adresse",
    "ip_address": "ip host device machine used free taken occupied assigned reserve adresse belegt",
    "ipam_host": "host hosts device machine server name address hostname rechner geraet",
    "asm_suggestion": "grow growth enlarge exhausted full running out capacity scope managed "
    "utilization forecast",
    "dns_usage": "records names that use point to ip address references",
    "ipam_tree": "hierarchy browse tree children inside below utilization",
    "recycle_bin": "deleted objects trash removed undelete recover accident undo papierkorb "
    "geloescht wiederherstellen",
    "bulk_export": "csv backup dump download file exportieren sicherung",
    "bulk_operation": "csv export job progress state backup",
    "tsig_key": "tsig key keys secret shared hmac transaction signature sign zone transfer update "
    "axfr nsupdate schluessel signatur",
    "tsig_secret": "tsig key secret generate random hmac schluessel",
    "provision_host": "provision onboard new server machine device add host name address record "
    "reverse fixed dhcp everything in one neuer rechner server anlegen bereitstellen",
    "decommission_host": "decommission retire offboard remove server machine device host clean up "
    "records address reservation alles loeschen rechner entfernen ausser betrieb",
    "convert_domain_name": "idn punycode umlaut international domain name unicode xn-- convert "
    "umwandeln",
    "convert_rname": "soa rname mail address responsible person email hostmaster convert umwandeln",
    "bulk_call": "bulk many mass batch csv file list import hundreds several at once spreadsheet "
    "viele massenweise auf einmal",
    "dns_view": "split horizon internal external namespace ansicht sicht",
    "auth_zone": "domain authoritative primary secondary zone soa refresh expire ttl serial "
    "domaene reverse in-addr",
    "dns_zone": "domain authoritative primary secondary zone domaene reverse in-addr",
    "forward_zone": "conditional forwarder forwarding stub partner domain send queries "
    "weiterleitung weiterleiten",
    "dns_delegation": "delegate subdomain child zone nameserver ns glue delegieren",
    "dns_record": "dns entry host name resource record resolve lookup points hostname ip ttl "
    "value eintrag namenseintrag",
    "a_record": "a host ipv4 address name points entry eintrag",
    "aaaa_record": "ipv6 host address v6 name quad entry eintrag",
    "cname_record": "alias canonical nickname another name entry eintrag",
    "mx_record": "mail exchanger mailserver smtp e-mail delivery domain eintrag postserver",
    "txt_record": "text spf dkim dmarc verification string token ownership eintrag",
    "ptr_record": "reverse lookup pointer name of ip address in-addr arpa rueckwaertsaufloesung "
    "rueckwaerts eintrag",
    "srv_record": "service locator ldap sip kerberos port host entry eintrag dienst",
    "ns_record": "nameserver delegate name server eintrag",
    "caa_record": "certificate authority issue letsencrypt zertifikat",
    "naptr_record": "enum sip telephony rewrite voip regexp",
    "soa_serial": "bump serial number zone secondaries notify transfer seriennummer",
    "dns_acl": "access list who may query transfer allowed permitted clients zugriffsliste",
    "auth_nsg": "name server group primaries secondaries nameservers authoritative nsg",
    "forward_nsg": "forwarder group forwarders nsg",
    "dns_host": "appliance machine server nameserver box serves answers dns on-prem geraet",
    "dns_server": "dns configuration profile recursion forwarders acl settings nameserver "
    "konfiguration profil",
    "dns_global": "default global account wide settings recursion forwarders standard",
    "lbdn": "gslb global server load balancing balanced name pool dtc traffic lastverteilung",
    "zone_children": "what lies in zone view contents subzones",
    "dns_cache": "flush clear purge resolver old stale answer outdated leeren loeschen",
    "record_protection": "lock protect critical records read only edit change schuetzen",
    "kerberos": "gss tsig keytab principal secure dynamic update ddns active directory",
    "dhcp_lease": "lease leased computer notebook laptop phone dynamic client device mac "
    "hostname ip active who got history vergeben",
    "fixed_address": "reservation static always same printer camera phone notebook laptop "
    "computer device mac assignment reserved dhcp fixed permanent client reservierung feste "
    "statisch",
    "dhcp_host": "appliance machine server box serves dhcp on-prem",
    "ha_group": "failover high availability redundancy pair active passive standby cluster "
    "ausfallsicherheit hochverfuegbar",
    "dhcp_server": "dhcp configuration profile lease time options settings konfiguration profil",
    "dhcp_service": "dhcp service hosts running",
    "dhcp_global": "default global account wide dhcp lease time settings everything standard "
    "leasezeit",
    "config_profile": "attach assign apply detach dhcp profile subnets",
    "to_config_profiles": "attach assign apply dhcp profile subnet",
    "option_code": "dhcp option number vendor tftp boot ntp domain suffix define dhcp-option",
    "option_space": "vendor options class home dhcp",
    "option_group": "set of dhcp options together",
    "hardware_filter": "mac filter allow deny known clients allowlist whitelist",
    "option_filter": "vendor class identifier user match fingerprint clients dhcp filter",
    "dhcp_filter": "mac filter option match clients",
    "mac_address": "mac allow list whitelist known device add filter hardware ethernet",
    "hardware": "mac address ethernet device hardware",
    "federated_realm": "federation shared address space several accounts multi account",
    "federated_block": "federation shared address space realm top network",
    "overlapping_block": "federation overlap reused shared space realm",
    "reserved_block": "federation reserved space kept back realm",
    "list_delegations": "federation delegated space realm",
    "forward_delegation": "federation planned future delegated space",
    "federated_pool": "federation pool of address space",
    "vpn_infrastructure": "ipsec tunnel site to vpn aws vpc cloud niosx nios-x as a service "
    "provision deploy build set up endpoint access location branch gateway bgp aufbauen "
    "einrichten konfigurieren",
    "vpn_service": "universal service vpn tear down decommission niosx whole abbauen",
    "vpn_access_location": "tunnel outside wan ip address placeholder gateway remote site bgp",
    "vpn_credential": "psk pre-shared key secret tunnel ipsec schluessel geheimnis",
    "vpn_endpoint": "point of presence pop endpoint vpn address niosx endpunkt",
    "endpoint_cnames": "peer peering customer gateway address cname public service tunnel target",
    "universal_service": "vpn services nios-x as a service niosx deployed dienst vpn-dienst",
    "access_location": "site branch office cloud network connected point of presence tunnel vpn "
    "standort",
    "vpn_location": "postal address place site city country standort",
    "supported_sizes": "t-shirt size small large capacity qps endpoint groesse",
    "cloud_regions": "aws region placed where available endpoint pop",
    "service_capabilities": "dns dhcp ntp security features capability offered",
    "capability_status": "is dns dhcp up ready available capability state service",
    "get_catalog": "names ids of universal services vpn",
    "vpn_connections": "endpoints access locations connected overview",
    "connection_status": "tunnel up down state health ipsec bgp established verbunden steht",
    "config_changes": "audit who changed history log change vpn when aenderungen",
    "service_associations": "views zones served by universal service",
    "security_polic": "dns firewall rpz protection policy rules block allow security richtlinie "
    "sicherheitsrichtlinie regelwerk schutz",
    "policy_rules": "rule action block allow redirect log order regeln",
    "named_list": "blocklist block list blacklist deny denylist allowlist whitelist custom "
    "domain ioc threat sperrliste sperren freigabeliste",
    "threat_list_severity": "threat level confidence intelligence feed",
    "application_filter": "app saas dropbox facebook application block stop anwendung",
    "category_filter": "web content category categories filter gambling porn adult inhalte "
    "kategorie",
    "content_categories": "web content category gambling adult social kategorien",
    "access_code": "bypass code temporary exception unblock override user reach blocked ausnahme "
    "freischalten",
    "network_list": "external networks public ip egress registered sites protected dns protection",
    "internal_domain": "local domain bypass split resolved locally never sent cloud resolver "
    "intern",
    "dfp": "dns forwarding proxy proxies on-prem resolver weiterleitungsproxy",
    "threat_feeds": "threat intelligence subscription rpz feed subscribed",
    "pop_region": "point of presence cloud resolver anycast ip region",
    "custom_redirect": "landing page block walled garden redirect blocked users sperrseite "
    "umleitung",
    "app_approvals": "application saas approved sanctioned shadow it genehmigt",
    "doh_fqdn": "dns over https doh encrypted hostname roaming clients",
    "atcfw_account": "api key check test works customer id account",
    "security_insight": "incident alert threat soc attack infected compromised malware phishing "
    "finding case vorfall sicherheitsvorfall bedrohung",
    "policy_analytics": "improve policy best practice recommendation weak",
    "policy_compliance": "compliance check audit policy best practice",
    "threat_indicators": "ioc ioa indicators domains addresses malicious incident",
    "security_events": "raw dns queries hits logs behind alert incident",
    "affected_assets": "infected compromised computers devices users hosts who touched betroffen "
    "geraete",
    "comments_history": "comment note who said timeline before insight kommentar verlauf",
    "td_insight": "iq for threat defense newer generation incident insight",
    "job_": "task change queued pending progress auftrag",
}
TOOLS: Mapping[str, str] = {
    "restore_recycle_bin_items": "bring back mistake rueckgaengig",
    "list_subnets": "utilization auslastung usage tagged networks sites overview inventory all",
    "list_address_blocks": "top level full utilization usage how auslastung",
    "list_ip_addresses": "who is using free or taken in use wer benutzt",
    "delete_ip_address": "release give back freigeben",
    "create_ip_address": "next free unused ip naechste freie adresse reservieren",
    "reserve_fixed_address": "static ip mac printer book reservieren feste next free dhcp",
    "update_ip_range": "enlarge extend shrink vergroessern",
    "list_subnet_ancestors": "supernet parent contains above enclosing",
    "list_address_block_ancestors": "supernet parent contains above enclosing",
    "preview_next_available_subnet": "next free unused network peek which would be naechstes "
    "freies netz",
    "allocate_next_available_subnet": "next free unused network book assign carve naechstes "
    "freies netz",
    "create_subnet": "next free network book new neues netz anlegen",
    "preview_next_available_address_block": "next free unused supernet peek",
    "allocate_next_available_address_block": "next free unused supernet book",
    "list_ip_space_conflicts": "overlap overlapping networks collision",
    "copy_ip_space": "duplicate clone lab whole plan klonen kopieren",
    "copy_subnet": "duplicate clone network into another space klonen kopieren",
    "copy_address_block": "duplicate clone supernet into another space klonen kopieren",
    "copy_auth_zone": "duplicate clone domain klonen kopieren",
    "copy_forward_zone": "duplicate clone klonen kopieren",
    "bulk_copy_to_ip_space": "duplicate clone networks klonen kopieren",
    "bulk_copy_dns_view_zones": "duplicate clone all zones klonen kopieren",
    "get_delegation": "federation delegated space realm",
    "create_delegation": "federation delegated space realm",
    "update_delegation": "federation delegated space realm",
    "delete_delegation": "federation delegated space realm",
    "list_asm_suggestions": "scopes running out of leases should grow",
    "create_ipam_host": "a and ptr in one go together",
    "list_dns_records": "look up resolve what does point to search find nachschlagen",
    "update_dns_record": "change ip existing lower ttl repoint move",
    "delete_dns_record": "get rid stale old alten",
    "create_dns_record": "new dns entry host any type neuer eintrag anlegen",
    "create_a_record": "point name at ip",
    "list_forward_zones": "where are queries sent",
    "create_forward_zone": "conditional forwarder bedingte weiterleitung",
    "send_dhcp_lease_command": "clear stuck drop release lease resend ddns freigeben loeschen",
    "create_option_code": "option 43 66 60 150 access point vendor specific",
    "list_option_codes": "code number of option tftp ntp",
    "bulk_create_mac_address_items": "many several macs list",
    "get_vpn_endpoint_cnames": "what addresses does my gateway peer with",
    "rebuild_vpn_access_location": "recreate bgp stays down broken tunnel neu aufbauen",
    "update_vpn_access_location": "real outside ip aws placeholder tunnel",
    "delete_vpn_service": "tear down whole remove everything komplett",
    "update_named_list_items": "block unblock add remove domain false positive deny sperren "
    "entsperren",
    "add_named_list_items": "block add domain for everybody deny sperren",
    "remove_named_list_items": "unblock take off false positive entsperren",
    "get_named_list": "entries members what is on items contents of list",
    "download_named_lists": "csv download export items",
    "create_threat_named_list": "start new custom blacklist phishing domains",
    "list_security_insights": "any incidents right now current open aktuelle",
    "update_security_insight_status": "close handled resolve acknowledge false positive "
    "schliessen erledigt",
    "get_security_insight_details": "explain about insight details",
    "flush_dns_cache": "still answers old ip resolver",
    "increment_soa_serial": "secondaries pick up",
    "configure_vpn_infrastructure": "build create new vpn",
    "job_status": "finished done yet where stands how far fertig stand",
    "job_wait": "wait until ended result warten ergebnis",
    "job_cancel": "stop abort cancel queued abbrechen stoppen",
    "job_list": "what did i start today my recent calls running",
}


def keywords(name: str, own: str = "") -> str:
    """Return the words of a tool; `own` are those its row says itself."""
    shared = [words for part, words in OBJECTS.items() if part in name]
    return " ".join([own, TOOLS.get(name, ""), *shared]).strip()
