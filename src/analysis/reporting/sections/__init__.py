"""What each kind of page shows: frames that were computed elsewhere, put into words, charts and tables."""
