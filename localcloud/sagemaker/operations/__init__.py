"""The operations of the control plane: one function each, listed in `control`."""
