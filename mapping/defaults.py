"""The rows, required fields and match rules a store starts with."""

from mapping.rows import FieldRow

TRACKING_NAMESPACE = "bcsync"
TRACKING_ID = (TRACKING_NAMESPACE, "customer_id")
TRACKING_NUMBER = (TRACKING_NAMESPACE, "customer_number")

DEFAULT_ROWS: tuple[FieldRow, ...] = ()
