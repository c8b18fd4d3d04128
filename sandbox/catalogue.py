"""What every customer of the DNS security service sees: feeds, categories, applications, PoPs."""

from __future__ import annotations

FEEDS = (
    ("base", "Suspicious and malicious domains in use today", "HIGH", "HIGH"),
    ("antimalware", "Domains that spread or steer malware", "HIGH", "HIGH"),
    ("ransomware", "Domains of ransomware", "HIGH", "HIGH"),
    ("suspicious-domains", "Young domains of bad neighbours", "MEDIUM", "MEDIUM"),
    ("nccic-host", "Indicators shared by public authorities", "MEDIUM", "HIGH"),
    ("bogon", "Addresses that nobody may announce", "LOW", "HIGH"),
    ("cryptocurrency", "Pools and wallets", "LOW", "MEDIUM"),
    ("doh-public-hosts", "Public resolvers over HTTPS", "INFO", "HIGH"),
)
"""Name, description, threat level, confidence."""
CATEGORIES = (
    (10001, "Malware Sites", "Security"),
    (10002, "Phishing", "Security"),
    (10003, "Spyware", "Security"),
    (10004, "Peer to Peer", "Bandwidth"),
    (10005, "Streaming Media", "Bandwidth"),
    (10006, "Gambling", "Legal Liability"),
    (10007, "Adult", "Legal Liability"),
    (10008, "Weapons", "Legal Liability"),
    (10009, "Social Networking", "Productivity"),
    (10010, "Games", "Productivity"),
    (10011, "Shopping", "Productivity"),
    (10012, "News", "General"),
)
"""Code, name, functional group."""
APPLICATIONS = {
    "Box": "app-1001",
    "Dropbox": "app-1002",
    "Microsoft 365": "app-1003",
    "Slack": "app-1004",
    "WhatsApp": "app-1005",
    "Zoom": "app-1006",
}
REGIONS = (
    (1, "us-east-1", "Ashburn, US", ("192.0.2.10", "192.0.2.11")),
    (2, "us-west-1", "San Jose, US", ("192.0.2.20", "192.0.2.21")),
    (3, "eu-central-1", "Frankfurt, DE", ("192.0.2.30", "192.0.2.31")),
    (4, "eu-west-2", "London, GB", ("192.0.2.40", "192.0.2.41")),
    (5, "ap-southeast-1", "Singapore, SG", ("192.0.2.50", "192.0.2.51")),
)
"""Number, region, location, addresses."""
