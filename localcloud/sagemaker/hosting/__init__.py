"""Endpoints: real model servers, kept running, updated without a refused request."""
