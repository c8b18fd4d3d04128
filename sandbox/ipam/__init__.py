"""Address management: spaces, blocks, subnets, ranges, addresses, hosts."""
