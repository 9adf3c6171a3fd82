"""What each command does.  symbp/cli.py has read the arguments, and loads the room that it needs."""
