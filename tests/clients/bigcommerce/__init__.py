"""Tests of the BigCommerce client."""
