"""What limited promotions have used, lease, hold and have left."""

from portal.web.limits.views import bp

__all__ = ["bp"]
