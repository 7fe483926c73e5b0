"""bcsync: keeps the customers of BigCommerce stores and of a Business Central company in step."""
