"""The BigCommerce side of the sandbox: v3 customers and what belongs to them, v2 groups, store and geography."""
