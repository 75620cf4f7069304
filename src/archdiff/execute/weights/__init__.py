"""Numbers of networks: read from checkpoints, copied from one network to the other, and found in both."""
