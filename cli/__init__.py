"""The command `traindrop`: what a user does from a terminal. Each subcommand is a module and a line in `__main__`."""
