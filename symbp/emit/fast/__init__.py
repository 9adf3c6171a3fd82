"""The fast style: forward and backward as one planned program over memory that is allocated once."""
