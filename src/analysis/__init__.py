"""Integration Monitor: from two-weekly submissions to reviewed pages."""
