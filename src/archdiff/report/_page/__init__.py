"""What the HTML page shows, as plain values: one module a part. Must not lay out, and decides nothing that differs."""
