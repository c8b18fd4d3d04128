"""DNS: views, zones, records, servers."""
