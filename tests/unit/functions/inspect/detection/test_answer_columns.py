from __future__ import annotations

import yaml

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect
from tasks import Row, find_task


def rows(**columns: str) -> list[Row]:
    """Twenty rows: a `*` stands for the row's number, `a|b` for values in turn."""
    return [
        {
            name: value.replace("*", str(i)).split("|")[i % (1 + value.count("|"))]
            for name, value in columns.items()
        }
        for i in range(20)
    ]


def answer(**columns: str) -> Detection | Problem:
    return detect(list(columns), rows(**columns))


def test_one_text_and_one_column_of_few_values_are_a_classification_whatever_their_names() -> (
    None
):
    result = answer(
        **{"Customer Message": "my order * is late", "Team": "billing|shipping"}
    )
    assert isinstance(result, Detection)
    assert (result.task.name, result.task.variant) == ("text-classification", "")
    assert result.mapping == {"text": "Customer Message", "label": "Team"}


def test_several_columns_of_few_values_are_a_question_that_each_choice_settles() -> (
    None
):
    columns = {"text": "my order * is late", "yes": "a|b", "urgency": "low|high"}
    result = answer(**columns)
    assert isinstance(result, Problem)
    assert len(result.choices) == 3
    tasks = []
    for choice in result.choices:
        settings = yaml.safe_load(choice.settings)
        task, chosen = find_task(settings["task"]), settings.get("columns", {})
        settled = detect(list(columns), rows(**columns), (task,), chosen)
        assert isinstance(settled, Detection)
        tasks.append((settled.task.name, settled.mapping.get("label")))
    assert tasks == [
        ("text-classification", "yes"),
        ("text-classification", "urgency"),
        ("text-generation", None),
    ]


def test_judged_completions_are_a_question() -> None:
    result = answer(
        prompt="how is order * now", completion="it is * days late", good="true|false"
    )
    assert isinstance(result, Problem)
    assert len(result.choices) == 2


def test_columns_that_are_no_answers_stay_unread() -> None:
    result = answer(
        id="*", url="https://example.org/*", lang="en", text="my order * is late"
    )
    assert isinstance(result, Detection)
    assert result.task.name == "text-generation"
