"""The words of questions: what they ask to be done, what German ones mean, what is not ours.

All without umlauts (ae, oe, ue, ss). A word of four letters or more stands for those with an
ending of up to three letters, too.
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a tool does, and the words that ask for it.
DEEDS: Mapping[str, frozenset[str]] = {
    "read": _words(
        """
        show list get display view find search look lookup which what who whose where how is are
        was were do does did can see print read browse explain describe details check any exist
        tell peek inspect count verify monitor zeig welche wer wo wie sind ist gibt such anzeig
        anseh auflist pruef steh haben hat benutz nachschlag
        """
    ),
    "create": _words(
        """
        create creat add new make register setup build provision define put insert publish
        introduce start need book reserve assign hand delegate point alias allow block deploy
        duplicate clone copy stop anlegen leg erstell neu neue neuen neuer neues richt einricht
        hinzufueg eintrag trag erteil bau reservier vergib
        """
    ),
    "update": _words(
        """
        change chang updat modify modif edit update set rename adjust enlarge extend shrink lower
        raise increase decrease bump attach link lock mark close disable enable move correct
        replace put append block unblock allow clear flush restore undelete apply switch turn
        rebuild recreate aender aktualisier setz anpass umbenenn erweiter vergroesser schliess
        sperr entsperr leer wiederherstell zuruecknehm
        """
    ),
    "delete": _words(
        """
        delete delet remove remov drop decommission release rid tear revoke wipe destroy retire
        purge take disappear disconnect unregister discard clear cancel stop erase loesch entfern
        abbau freigeb abbrech
        """
    ),
}
# Of these words, those that tell the thing as well.
TELLING = _words(
    """
    view block unblock undelete restore flush copy clone duplicate lock alias delegate reserve
    book link attach enlarge extend wiederherstell sperr entsperr reservier leer
    """
)
# They say nothing about what is meant.
IDLE = _words(
    """
    time times show list get display find tell give zeig zeige liste what which who whose is are
    was were do does did can am not needed anymore no nobody always same a an the of for in on at
    to from by with without and or but me my our us we you your i it its they them their this that
    these those there here please pls want would like could should must will shall may might be
    been being have has had having one some all any every each other another more most much many
    few own so than then too very just only now today yesterday last week month right still yet
    again before after about into out up down off over under between if when while because as also
    both either run use using used let via per got go going gets exactly called named somebody
    everybody everything something nothing people whom der die das den dem des ein eine einen
    einem einer eines im vom zum zur und oder aber nicht kein keine mir mich mein meine unser
    unsere unseren uns wir sie er es ihr ihre ich bitte moechte soll sollte kann koennte muss
    werden wird wurde fuer von mit ohne bei auf aus nach ueber unter zu gerade heute gestern alle
    alles jede jeder jetzt noch schon machen mach macht tun
    """
)
# German, for the words the tools are described by; a compound counts by its first and last part.
GERMAN: Mapping[str, str] = {
    "netz": "network subnet",
    "netze": "network subnet",
    "netzwerk": "network subnet",
    "subnetz": "subnet network",
    "teilnetz": "subnet network",
    "adress": "address ip",
    "adressblock": "address block supernet",
    "adressbloeck": "address block supernet",
    "adressraum": "space plan",
    "adressbereich": "range pool",
    "bereich": "range pool",
    "eintrag": "record entry",
    "eintraeg": "record entry",
    "domaen": "domain zone",
    "zone": "zone domain",
    "weiterleit": "forward forwarder",
    "bedingt": "conditional",
    "rueckwaert": "reverse",
    "aufloes": "resolve lookup",
    "ansicht": "view",
    "namensserver": "nameserver",
    "nameserver": "nameserver",
    "mailserver": "mail mx",
    "drucker": "device",
    "rechner": "host device",
    "geraet": "device asset host",
    "betroffen": "affected infected",
    "frei": "free unused available",
    "naechst": "next",
    "belegt": "used taken",
    "vergeben": "leased active",
    "fest": "fixed static reservation",
    "statisch": "static fixed",
    "reservier": "reservation reserve fixed",
    "auslast": "utilization usage full",
    "beschreib": "comment description",
    "kommentar": "comment",
    "schluessel": "key psk credential",
    "tunnel": "tunnel",
    "dienst": "service",
    "dienste": "service",
    "standort": "site location",
    "endpunkt": "endpoint",
    "sperr": "block deny blocklist",
    "gesperr": "blocked",
    "sperrlist": "blocklist blacklist named list",
    "positivlist": "allowlist whitelist",
    "richtlinie": "policy",
    "sicherheit": "security",
    "vorfall": "incident alert insight",
    "vorfaell": "incident alert insight",
    "sicherheitsvorf": "incident insight security",
    "bedroh": "threat",
    "schadsoftware": "malware",
    "ausnahm": "exception bypass code",
    "umleit": "redirect",
    "kategorie": "category",
    "anwendung": "application",
    "papierkorb": "recycle trash",
    "geloescht": "deleted",
    "wiederherstell": "restore recover undelete",
    "auftrag": "job",
    "auftraeg": "job",
    "zwischenspeicher": "cache",
    "leer": "flush clear",
    "seriennummer": "serial",
    "gruppe": "group",
    "profil": "profile",
    "einstell": "settings",
    "ausfall": "failover",
    "lease": "lease",
    "kopier": "copy clone duplicate",
    "vorschau": "preview",
    "exportier": "export csv",
    "region": "region",
    "groesse": "size",
    "server": "server host",
    "uebernetz": "supernet",
    "wan": "wan",
    "verbindung": "connection",
    "zustand": "status state",
    "verlauf": "history",
    "konto": "account",
    "hinweis": "insight",
    "aenderung": "change history",
}
# Words of our field and of no other.
CORE = _words(
    """
    address adressraum job view views policy policies feed feeds forwarder realm realms rule rules
    netz network networks hostname www threat threats tunnels infoblox bloxone nios niosx ipam dns
    dhcp ip ips ipv4 ipv6 subnet supernet cidr vrf zone record lease scope pool mac macs
    reservation domain nameserver resolver secondaries soa ttl cname aaaa mx txt ptr srv naptr caa
    spf dkim dmarc dnssec keytab gss split-horizon vpn tunnel ipsec psk bgp anycast endpoint rpz
    blocklist blacklist denylist allowlist whitelist sinkhole ioc iocs phishing malware doh
    insight incident recycle federated netze subnetz adress eintrag eintraeg domaen sperrlist
    auftrag
    """
)
# What people also ask assistants for, and nothing here does.
FOREIGN = _words(
    """
    spanning stp vtp exchange visio asa pagerduty sap antivirus instance instances diagram ospf
    qos poe rack cable ups interface interfaces trunk ssh telnet rdp citrix intune jamf
    crowdstrike siem raid nas usb keyboard coffee cook rice car bus taxi doctor travel holiday
    birthday shopping match kilometres miles convert poem invoice renew review kaffee koch erzaehl
    tac maintenance weather forecast temperature jira servicenow ticket email emails inbox outlook
    calendar meeting flight hotel train pizza restaurant music song movie playlist reminder alarm
    timer translate translation summarise summarize essay story joke recipe python javascript java
    rust golang compile git github gitlab commit sql database oracle mysql postgres mongodb
    spreadsheet excel powerpoint pdf document sales revenue budget stock price customer crm
    salesforce kubernetes pod docker helm terraform ansible ec2 s3 bucket lambda azure gcp vcenter
    vmware hypervisor esxi vm virtual nginx apache tomcat restart reboot shutdown install
    uninstall upgrade firmware patch kernel disk cpu memory ram swap load toner cisco juniper
    arista palo alto fortinet fortigate checkpoint meraki switchport router ssid ping traceroute
    nmap scan netflow snmp syslog splunk grafana prometheus nagios zabbix slack teams zoom webex
    phone sms whatsapp password passwords okta saml sso mfa employee hr payroll vacation linux
    windows ubuntu iis sharepoint confluence wiki registrar buy purchase domainname picture video
    news wikipedia bitcoin football score math equation solve wetter postfach kalender termin
    besprechung flug bahn bestell rechnung gehalt urlaub uebersetz zusammenfass gedicht witz
    rezept passwort kennwort benutzer mitarbeiter neustart starte installier aktualisier datenbank
    festplatte speicher telefon anruf chef buche musik nachrichten
    """
)
