"""The embedded AWS that Traindrop runs on without an account, and the commands that drive it."""
