"""What counts of an outcome: configuration, ignores, baseline, claims. Must not decide what differs."""
