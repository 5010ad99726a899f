"""How often and how much a promotion may still be given: counters, holds, leases. Source: sync.md, 4 and 6."""
