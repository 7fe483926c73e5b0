"""Customers: both mirrors, links, runs and the jobs that keep the two sides in step."""
