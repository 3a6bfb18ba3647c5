"""Scripts of archives, `inference.py`, that start or answer slowly."""

from __future__ import annotations

SLOW_START = "import time\ntime.sleep(1)\n"
ECHO = "def model_fn(d): return 'm'\ndef transform_fn(model, body, content_type, accept): return f'{model}|{body}'\n"
SLOW_ANSWER = (
    "import time\ndef model_fn(d): return 1\n"
    "def transform_fn(model, body, content_type, accept):\n    time.sleep(0.3)\n    return body\n"
)
