"""All planted faults."""

from tests.faults import in_gates, in_money, in_rules, in_stacking
from tests.faults.planting import fault_of

FAULTS = [fault_of(row) for rows in (in_money, in_gates, in_rules, in_stacking) for row in rows.ROWS]
