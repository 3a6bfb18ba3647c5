"""The Python client of a Traindrop stack's HTTP API, for programs with and without asyncio.

with traindrop.Client(url, key) as client:
    print(client.predict("reviews", "What a lovely film").answer)
"""

from traindrop.async_client import AsyncClient
from traindrop.client import Client
from traindrop.errors import (
    ApiError,
    ConnectError,
    MissingSettingsError,
    TraindropError,
    UnreadableAnswerError,
)
from traindrop.results import (
    Batch,
    ExampleCall,
    Link,
    ModelLine,
    ModelPage,
    Prediction,
    Release,
    RunLine,
    TrainingCost,
)

__all__ = [
    "ApiError",
    "AsyncClient",
    "Batch",
    "Client",
    "ConnectError",
    "ExampleCall",
    "Link",
    "MissingSettingsError",
    "ModelLine",
    "ModelPage",
    "Prediction",
    "Release",
    "RunLine",
    "TraindropError",
    "TrainingCost",
    "UnreadableAnswerError",
]
