"""Measurements that are made by hand; what they gave stands in the documentation."""
