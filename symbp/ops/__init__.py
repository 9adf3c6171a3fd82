"""What an operation means: each declared once, by its index equation or by simpler ones."""
