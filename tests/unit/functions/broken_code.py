"""Code below `code/` that cannot be, and what is said of it; and code that works, as odd as it may be."""

from __future__ import annotations

SERVING = "code/inference.py"
REPLACES = (
    "Remove one or the other: transform_fn replaces input_fn, predict_fn and output_fn."
)
READ = "expected Python that can be read; found"
TAKEN = "Rename them: Traindrop's own code is packed beside yours under these names."

BROKEN: dict[str, tuple[dict[str, bytes | str], str]] = {
    "model_fn without a parameter": (
        {SERVING: "\n\ndef model_fn(): ...\n"},
        f"{SERVING}, row 3: expected model_fn with 1 parameter, and perhaps a context; found 0. Change its definition.",
    ),
    "predict_fn with one parameter": (
        {SERVING: "def predict_fn(data): ...\n"},
        f"{SERVING}, row 1: expected predict_fn with 2 parameters, and perhaps a context; found 1. "
        "Change its definition.",
    ),
    "a hook inside a branch": (
        {
            SERVING: "try:\n    import torch\nexcept ImportError:\n    def output_fn(a): ...\n"
        },
        f"{SERVING}, row 4: expected output_fn with 2 parameters, and perhaps a context; found 1. "
        "Change its definition.",
    ),
    "transform_fn beside two others": (
        {
            SERVING: "def input_fn(a, b): ...\ndef output_fn(a, b): ...\ndef transform_fn(a, b, c, d): ...\n"
        },
        f"{SERVING}, row 3: expected transform_fn alone; found input_fn, output_fn beside it. {REPLACES}",
    ),
    "Python 2": (
        {SERVING: "print 'loading'\n"},
        f"{SERVING}, row 1: {READ} Missing parentheses in call to 'print'. Did you mean print(...)?. Correct the line.",
    ),
    "a training script that cannot be read": (
        {"code/train.py": "import os\n  x = 1\n", "train.csv": "x"},
        f"code/train.py, row 2: {READ} unexpected indent. Correct the line.",
    ),
    "not UTF-8": (
        {
            SERVING: "import os\nimport re\n# für alle\ndef model_fn(d): ...\n".encode(
                "latin-1"
            )
        },
        f"{SERVING}: {READ} 'utf-8' codec can't decode byte 0xfc in position 23: invalid start byte. "
        "Save the script as UTF-8 text.",
    ),
    "not UTF-8 in its first line": (
        {SERVING: "# für alle\ndef model_fn(d): ...\n".encode("latin-1")},
        f"{SERVING}: {READ} invalid or missing encoding declaration. Save the script as UTF-8 text.",
    ),
    "a null byte": (
        {SERVING: b"x = 1\0\n"},
        f"{SERVING}: {READ} source code string cannot contain null bytes. Save the script as UTF-8 text.",
    ),
    "nothing named right": (
        {"code/model.py": "x = 1", "code/lib/inference.py": "x = 1"},
        "expected code/inference.py, code/train.py or code/requirements.txt; found 'code/lib/inference.py', "
        "'code/model.py'. Give the script the name that SageMaker's containers look for.",
    ),
    "a package of Traindrop's name": (
        {
            SERVING: "def model_fn(d): ...\n",
            "code/tasks/__init__.py": "",
            "code/traindrop.py": "",
        },
        "expected modules with other names than traindrop, tasks and contracts; "
        f"found 'code/tasks/__init__.py', 'code/traindrop.py'. {TAKEN}",
    ),
}
LONG = "a + " * 20_000 + "a\n"

WORKING: dict[str, tuple[dict[str, bytes | str], list[str]]] = {
    "every hook with a context": (
        {
            SERVING: "def model_fn(d, context=None): ...\ndef transform_fn(a, b, c, d, context): ...\n"
        },
        ["model_fn", "transform_fn"],
    ),
    "hooks of a module beside it": (
        {
            SERVING: "from hooks import predict_fn, load as model_fn\n",
            "code/hooks.py": "x = 1",
        },
        ["model_fn", "predict_fn"],
    ),
    "all of a module beside it": (
        {
            SERVING: "from lib.hooks import *\n",
            "code/lib/hooks.py": "def predict_fn(a, b): ...\n",
        },
        ["predict_fn"],
    ),
    "modules that import each other": (
        {
            SERVING: "from a import *\n",
            "code/a.py": "from b import *\n",
            "code/b.py": "from a import *\nmodel_fn = len\n",
        },
        ["model_fn"],
    ),
    "some of Traindrop's hooks, and one of one's own": (
        {
            SERVING: "from traindrop.hooks import input_fn, model_fn\ndef predict_fn(data, model): ...\n"
        },
        ["predict_fn"],
    ),
    "a decorator that changes what a hook takes": (
        {SERVING: "@with_model\ndef predict_fn(data): ...\n"},
        ["predict_fn"],
    ),
    "any number of arguments": ({SERVING: "def model_fn(*args): ...\n"}, ["model_fn"]),
    "an escape that Python warns of": (
        {SERVING: "import re\nmodel_fn = re.compile('\\d').match\n"},
        ["model_fn"],
    ),
    "a byte-order mark": (
        {SERVING: "def model_fn(d): ...\n".encode("utf-8-sig")},
        ["model_fn"],
    ),
    "an encoding of its own": (
        {
            SERVING: "# -*- coding: latin-1 -*-\n# für\ndef model_fn(d): ...\n".encode(
                "latin-1"
            )
        },
        ["model_fn"],
    ),
    "hooks in a method are none": (
        {SERVING: "class A:\n    def model_fn(self): ...\nmodel_fn = A\n"},
        ["model_fn"],
    ),
}
WARNED: dict[str, tuple[str, list[str]]] = {
    "a former name": (
        "def load_fn(d): ...\n",
        [
            "code/inference.py: load_fn is never called; the hook that loads the model is called model_fn."
        ],
    ),
    "both names": ("def load_fn(d): ...\nmodel_fn = load_fn\n", []),
    "no hook": (
        "def predict(x): ...\n",
        [
            "code/inference.py defines none of model_fn, input_fn, predict_fn, output_fn, transform_fn: "
            "it is packed, and changes nothing."
        ],
    ),
    "Traindrop's own hooks": ("from traindrop.hooks import *\n", []),
}
