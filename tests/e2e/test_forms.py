"""Every other form of a drop than rows in one file: each goes live, or is told why not."""

from __future__ import annotations

import io
import json
import random
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict
from transformers import AutoTokenizer

from tests.e2e.client import ROOT, Cloud
from tests.e2e.conftest import BASE_MODEL, HUB_MODEL, HUB_TOKEN, TokenNeeded
from tests.e2e.drops import reviews
from tests.tiny_model import build
