"""DHCP: options, filters, fixed addresses, leases, hosts."""
