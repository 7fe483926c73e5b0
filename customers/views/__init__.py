"""The pages of customers and runs, one plain function per address."""
