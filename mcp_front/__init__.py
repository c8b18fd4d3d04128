"""What an MCP host talks to: the tools of the catalog, carried out by way of the ledger."""
