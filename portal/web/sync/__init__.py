"""What tills fetch and report, at /api/sync/v1. Source: sync.md, sections 2 and 4."""

from portal.web.sync import customers, devices, leases, promotions, reading, redemptions, writing
from portal.web.sync.blueprint import bp

__all__ = ["bp", "customers", "devices", "leases", "promotions", "reading", "redemptions", "writing"]
