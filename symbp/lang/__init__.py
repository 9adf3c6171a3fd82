"""What an equation is, and how its text is read."""
