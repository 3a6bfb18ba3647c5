"""What the functions and the services of the engine share: its settings, and how ministack is patched."""
