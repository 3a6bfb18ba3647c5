from __future__ import annotations

import pytest

from tasks import Task, every_variant
from tools.docs.tasks_page import Calls, NoCallError, folder_of, name_of, page

FORMS = list(every_variant())
CALLS: Calls = {
    name_of(form): {
        "request": {"inputs": f"to {name_of(form)}"},
        "response": ["ä", form.variant],
    }
    for form in FORMS
}


def section(form: Task) -> str:
    """What the page says of one form, up to the next."""
    text = page(CALLS)
    begin = text.index(f"# {form.title}: `{name_of(form)}`\n")
    end = text.find("\n##", begin)
    return text[begin:] if end < 0 else text[begin:end]


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_the_page_of_a_form_names_its_columns_and_their_aliases(form: Task) -> None:
    for column in form.columns:
        aliases = ", ".join(f"`{alias}`" for alias in column.aliases)
        assert (
            f"| `{column.name}` | {aliases} | {'required' if column.required else 'optional'} |"
            in section(form)
        )


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_the_page_of_a_form_names_its_defaults_and_other_names(form: Task) -> None:
    result = section(form)
    assert all(f"`{name}` " in result for name in form.defaults)
    assert all(f"`{alias}`" in result for alias in form.aliases)
    assert "`seed` 42" in result


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_the_page_of_a_form_shows_a_call_and_its_example(form: Task) -> None:
    result = section(form)
    assert f'```json\n{{"inputs": "to {name_of(form)}"}}\n```' in result
    assert f'```json\n["ä", "{form.variant}"]\n```' in result
    assert f"(../examples/{folder_of(form)}/)" in result


def test_the_overview_names_what_every_form_is_judged_by() -> None:
    overview = page(CALLS).partition("\n## ")[0]
    for form in FORMS:
        (line,) = [
            line
            for line in overview.splitlines()
            if line.startswith(f"| `{name_of(form)}` |")
        ]
        assert f"**{form.metric}**" in line
        assert all(metric in line for metric in form.metrics)
        assert (
            f"`{form.base_model}`" if form.base_model else "the stack's `BaseModel`"
        ) in line
    assert (
        "| `question-answering` | question, context, answers, [answer_start], [is_impossible] |"
        in overview
    )


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_a_form_without_a_call_makes_no_page(form: Task) -> None:
    rest = {name: call for name, call in CALLS.items() if name != name_of(form)}
    with pytest.raises(NoCallError) as refused:
        page(rest)
    assert str(refused.value) == (
        f"docs/tasks-calls.json: expected a call of {name_of(form)}; found none. "
        "Record it: TRAINDROP_RECORD names the file that tests/e2e/test_tasks.py writes to."
    )
