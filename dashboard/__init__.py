"""The ops server: probes, health, metrics and pages over the state that the ledger keeps."""
