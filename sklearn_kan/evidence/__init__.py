"""What the data say about strengths, noise and parameters."""
