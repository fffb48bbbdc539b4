"""Other people's protocols: their request to a turn, our events to their stream."""
