"""Measurements that anyone can run: each is a ratio of two contestants that take turns in one run."""
