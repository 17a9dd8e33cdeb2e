"""What every folder may use: threads, weighted statistics, the rows of a table."""
