"""Tests of the Business Central client."""
