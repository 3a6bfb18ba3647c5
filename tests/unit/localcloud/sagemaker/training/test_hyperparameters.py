from localcloud.sagemaker.training import hyperparameters


def test_values_may_be_json_or_bare() -> None:
    sent = {"a": '"quoted"', "b": "bare", "c": "1e-4", "d": "true", "e": "null", "f": '{"x": 1}', "g": "[1, 2]"}
    own, platform = hyperparameters.split(sent)
    assert own == {"a": "quoted", "b": "bare", "c": 1e-4, "d": True, "e": None, "f": {"x": 1}, "g": [1, 2]}
    assert platform == {}


def test_platform_parameters_are_kept_apart() -> None:
    own, platform = hyperparameters.split({"epochs": "1", "sagemaker_program": '"train.py"', "sagemaker_region": "r"})
    assert own == {"epochs": 1}
    assert platform == {"sagemaker_program": "train.py", "sagemaker_region": "r"}


def test_arguments_are_sorted_pairs() -> None:
    own = {"fp16": True, "epochs": 1, "cfg": {"a": 1, "b": 2}, "layers": [1, "x"], "none": None, "n": 3, "name": "m"}
    assert hyperparameters.arguments(own) == [
        *("--cfg", "a=1,b=2"),
        *("--epochs", "1"),
        *("--fp16", "True"),
        *("--layers", "[1, 'x']"),
        *("-n", "3"),
        *("--name", "m"),
        *("--none", ""),
    ]


def test_names_keep_their_hyphens() -> None:
    assert hyperparameters.arguments({"learning-rate": 0.1}) == ["--learning-rate", "0.1"]
