"""`traindrop.yaml`: the settings a user puts next to the data of a drop.

A file is read as YAML (`document`), held against the JSON Schema (`schema`), and then against rules on what goes
together (`rules`) and on what the task can do (`fitting`). `page` writes the documentation.
"""

from functions.inspect.settings_file.base import FILE_NAMES, NONE, Hub, Options
from functions.inspect.settings_file.fitting import unfit
from functions.inspect.settings_file.parsing import parse

__all__ = ["FILE_NAMES", "NONE", "Hub", "Options", "parse", "unfit"]
