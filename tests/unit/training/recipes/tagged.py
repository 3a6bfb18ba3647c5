"""A row of words with their tags."""

from __future__ import annotations

from tasks import Row

TAGGED: Row = {
    "tokens": ["xyz", "qu", "was", "bad"],
    "tags": ["B-PER", "I-PER", "O", "O"],
}
