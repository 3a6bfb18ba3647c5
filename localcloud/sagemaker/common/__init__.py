"""What jobs, endpoints and the control plane share: the stored state, images, processes, transfers."""
