"""Every other form of a drop than rows in one file: each goes live, or is told why not."""

from __future__ import annotations
