"""What the track on generation computes beyond the protocol's scores, a folder a question."""
