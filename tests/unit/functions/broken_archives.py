"""Model archives that cannot be deployed, and what is said of each."""

from __future__ import annotations

import gzip
import json
import tarfile

from tests.unit.functions.archives import (
    CONFIG,
    WHOLE,
    link,
    pack,
    with_flipped_byte,
    zipped,
)

PACK = "Pack the model's files with: tar -C <folder of the model> -czf model.tar.gz ."
DAMAGED = (
    "model.tar.gz: expected a complete tar archive, compressed with gzip; found a damaged one ({}). "
    f"Upload it again if it was cut off. {PACK}"
)
INSIDE = (
    f"model.tar.gz: expected paths that stay inside the archive; found {{}}. {PACK}"
)
NO_TASK = (
    "model.tar.gz: expected an architecture of …ForSequenceClassification, …ForTokenClassification, "
    "…ForQuestionAnswering, …ForCausalLM, …LMHeadModel, …ForMaskedLM, …Model, …ForConditionalGeneration, …MTModel, "
    "…EncoderDecoderModel, …T5WithLMHeadModel in config.json; found {}. Set task: in traindrop.yaml, "
    "or add a code/inference.py with a model_fn."
)
ANEW = "Save the model again with save_pretrained."


def without(*left_out: str) -> dict[str, bytes | str]:
    return {name: content for name, content in WHOLE.items() if name not in left_out}


def with_config(config: object) -> bytes:
    return pack(
        WHOLE
        | {"config.json": config if isinstance(config, str) else json.dumps(config)}
    )


ARCHIVES: dict[str, tuple[bytes, str]] = {
    "not gzip": (b"config.json" * 100, DAMAGED.format("Not a gzipped file (b'co')")),
    "nothing at all": (b"", DAMAGED.format("empty file")),
    "a zip renamed": (zipped(WHOLE), DAMAGED.format("Not a gzipped file (b'PK')")),
    "gzip without a tar": (
        gzip.compress(b"weights" * 500),
        DAMAGED.format("invalid header"),
    ),
    "cut off": (
        pack(WHOLE)[:-200],
        DAMAGED.format(
            "Compressed file ended before the end-of-stream marker was reached"
        ),
    ),
    "cut off in its last bytes": (
        pack(WHOLE)[:-4],
        DAMAGED.format(
            "Compressed file ended before the end-of-stream marker was reached"
        ),
    ),
    "a way out": (pack({**WHOLE, "../evil.py": "x"}), INSIDE.format("'../evil.py'")),
    "a way out in the middle": (
        pack({**WHOLE, "a/../../evil.py": "x"}),
        INSIDE.format("'a/../../evil.py'"),
    ),
    "an absolute path": (
        pack({**WHOLE, "/etc/evil": "x"}),
        INSIDE.format("'/etc/evil'"),
    ),
    "a symbolic link": (
        pack(
            without("model.safetensors"),
            [link("model.safetensors", "../../blobs/ab12")],
        ),
        INSIDE.format("the link 'model.safetensors' to '../../blobs/ab12'"),
    ),
    "a hard link": (
        pack(WHOLE, [link("again", "config.json", tarfile.LNKTYPE)]),
        INSIDE.format("the link 'again' to 'config.json'"),
    ),
    "a device": (
        pack(WHOLE, [link("tty", "", tarfile.CHRTYPE)]),
        INSIDE.format("'tty', which is no file"),
    ),
    "nothing inside": (
        pack({}),
        f"model.tar.gz: expected config.json at the top of the archive; found nothing. {PACK}",
    ),
    "no config": (
        pack(without("config.json")),
        "model.tar.gz: expected config.json at the top of the archive; found 'model.safetensors', 'tokenizer.json'. "
        f"{PACK}",
    ),
    "a folder inside": (
        pack({f"./my-model/{name}": content for name, content in WHOLE.items()}),
        "model.tar.gz: expected config.json at the top of the archive; found 'my-model/config.json', "
        "'my-model/model.safetensors', 'my-model/tokenizer.json'. "
        "Pack the files themselves: tar -C my-model -czf model.tar.gz .",
    ),
    "no weights": (
        pack(without("model.safetensors")),
        "model.tar.gz: expected weights (.safetensors, .bin, .pt, .pth) beside config.json; found 'config.json', "
        "'tokenizer.json'. Save the model with save_pretrained, and pack all that it writes.",
    ),
    "what is no weights": (
        pack(
            {
                **without("model.safetensors"),
                "training_args.bin": "x",
                "optimizer.pt": "x",
            }
        ),
        "model.tar.gz: expected weights (.safetensors, .bin, .pt, .pth) beside config.json; found 'config.json', "
        "'optimizer.pt', 'tokenizer.json', 'training_args.bin'. "
        "Save the model with save_pretrained, and pack all that it writes.",
    ),
    "no tokenizer": (
        pack(without("tokenizer.json")),
        "model.tar.gz: expected a tokenizer with its vocabulary beside config.json; found 'config.json', "
        "'model.safetensors'. "
        "Save it beside the model: tokenizer.save_pretrained(folder).",
    ),
    "an unknown architecture": (
        with_config({"architectures": ["ViTForImageClassification"]}),
        NO_TASK.format("'ViTForImageClassification'"),
    ),
    "no architecture": (with_config({"model_type": "bert"}), NO_TASK.format("none")),
    "a config that is no JSON": (
        with_config("{'architectures': None}"),
        "model.tar.gz: expected JSON in config.json; found Expecting property name enclosed in double quotes: "
        f"line 1 column 2 (char 1). {ANEW}",
    ),
    "a config that is a list": (
        with_config([CONFIG]),
        f"model.tar.gz: expected JSON in config.json; found a list. {ANEW}",
    ),
    "broken code of its own": (
        pack({**WHOLE, "code/inference.py": "def model_fn(a, b, c): ...\n"}),
        "code/inference.py, row 1: expected model_fn with 1 parameter, and perhaps a context; found 3. "
        "Change its definition.",
    ),
}
FLIPPED = (
    with_flipped_byte(pack(WHOLE)),
    r"^model\.tar\.gz: expected a complete tar archive, compressed with gzip; found a damaged one \(CRC check failed ",
)
FILES: dict[str, tuple[dict[str, bytes | str], str]] = {
    "a zip": (
        {"model.zip": zipped(WHOLE)},
        "model.zip: expected a data file, or a model as model.tar.gz; found another kind of archive, 'model.zip'. "
        f"For a table, upload the file inside. For a model: p{PACK[1:]}",
    ),
    "a tar": (
        {"model.tar": b"x"},
        "model.tar: expected a data file, or a model as model.tar.gz; found another kind of archive, 'model.tar'. "
        f"For a table, upload the file inside. For a model: p{PACK[1:]}",
    ),
    "data beside the archive": (
        {"model.tar.gz": pack(WHOLE), "train.csv": "text,label\n"},
        "expected a model archive with nothing but code/ and traindrop.yaml beside it; found 'model.tar.gz', "
        "'train.csv'. Drop data and archive as two models, in two folders: an archive is deployed as it is, "
        "without training.",
    ),
    "two archives": (
        {"a.tar.gz": pack(WHOLE), "b.tgz": pack(WHOLE)},
        "expected a model archive with nothing but code/ and traindrop.yaml beside it; found 'a.tar.gz', 'b.tgz'. "
        "Drop data and archive as two models, in two folders: an archive is deployed as it is, without training.",
    ),
}
