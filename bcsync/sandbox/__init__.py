"""A faithful simulation of BigCommerce and Business Central: the independent other side for the demo and the tests."""
