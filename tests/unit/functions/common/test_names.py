from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.common.names import (
    LIMIT,
    StackNameError,
    candidate_name,
    candidate_prefix,
    resource_name,
    run_name,
    run_prefix,
    slug,
    stack_prefix,
)

MODELS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
STACKS = st.from_regex(r"[a-z][a-z0-9]{0,15}(-[a-z0-9]{1,7}){0,2}", fullmatch=True)
PATTERN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
FINGERPRINTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(STACKS, MODELS)
def test_a_resource_name_is_what_sagemaker_takes(stack: str, model: str) -> None:
    name = resource_name(stack, model)
    assert PATTERN.fullmatch(name)
    assert len(name) <= LIMIT
    assert name.startswith(f"{stack}--")


@given(STACKS, MODELS, MODELS)
def test_two_models_never_share_a_name(stack: str, one: str, other: str) -> None:
    assume(one != other)
    assert resource_name(stack, one) != resource_name(stack, other)


@given(STACKS, STACKS, MODELS, MODELS)
def test_two_stacks_never_share_a_name_nor_reach_each_others(
    one: str, other: str, model: str, another: str
) -> None:
    assume(one != other)
    assert resource_name(one, model) != resource_name(other, another)
    assert not resource_name(other, another).startswith(stack_prefix(one))


def test_stacks_that_begin_alike_have_names_of_their_own() -> None:
    assert resource_name("td", "two-x") != resource_name("td-two", "x")


@given(STACKS, MODELS, FINGERPRINTS, st.integers(1, 999))
def test_a_runs_name_fits_and_begins_with_its_models_prefix(
    stack: str, model: str, print_: str, attempt: int
) -> None:
    run = run_name(model, print_, attempt)
    assert PATTERN.fullmatch(run)
    assert len(run) <= 40
    name = resource_name(stack, run)
    assert PATTERN.fullmatch(name)
    assert len(name) <= LIMIT
    assert name.startswith(run_prefix(stack, model))


@given(MODELS, FINGERPRINTS, st.integers(1, 50), st.integers(1, 50))
def test_every_attempt_has_a_name_of_its_own(
    model: str, fingerprint: str, one: int, other: int
) -> None:
    assume(one != other)
    assert run_name(model, fingerprint, one) != run_name(model, fingerprint, other)


@given(MODELS)
def test_a_slug_of_a_slug_is_itself(model: str) -> None:
    assert slug(slug(model)) == slug(model)


def test_a_plain_name_can_be_read() -> None:
    name = resource_name("shop", "film-reviews-2")
    assert re.fullmatch("shop--film-reviews-2-[0-9a-f]{8}", name)


def test_a_name_that_had_to_change_can_be_read_as_well() -> None:
    assert re.fullmatch("shop--cafe-1-[0-9a-f]{8}", resource_name("shop", "Café +1"))


def test_no_model_can_be_called_what_another_is_turned_into() -> None:
    """The names that stand on SageMaker, taken as models' names in their turn."""
    names = {"Größe", "groe", "日本", "reviews", "a" * 80}
    for _ in range(3):
        made = {resource_name("traindrop", name) for name in names}
        assert len(made) == len(names)
        names |= {name.removeprefix("traindrop--") for name in made} | made


@given(st.sets(st.tuples(STACKS, MODELS), max_size=20))
def test_stack_and_model_together_decide_the_name(
    pairs: set[tuple[str, str]],
) -> None:
    assert len({resource_name(*pair) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize("stack", ["Shop", "shop_1", "shop-", "s" * 33])
def test_a_stack_that_cannot_begin_names_is_refused(stack: str) -> None:
    with pytest.raises(StackNameError) as error:
        resource_name(stack, "reviews")
    assert str(error.value) == (
        "expected a stack name of at most 32 lower-case letters, digits and single hyphens; "
        f"found {stack!r}. Deploy under another name."
    )


@pytest.mark.parametrize(
    "stack", ["t", "traindrop", "a-stack-name-of-thirty-two-chars"]
)
@pytest.mark.parametrize(
    "model",
    ["reviews", "a-model-with-a-very-long-name-0123456789", "Größe a+b", "日本"],
)
def test_every_run_of_a_model_begins_with_its_prefix(stack: str, model: str) -> None:
    for attempt in (1, 2, 11):
        name = resource_name(stack, run_name(model, "0123456789abcdef", attempt))
        assert name.startswith(run_prefix(stack, model))
    assert run_prefix(stack, model).startswith(f"{stack}--")


@given(STACKS, MODELS, FINGERPRINTS)
def test_no_model_has_the_name_of_a_candidate_endpoint(
    stack: str, model: str, fingerprint: str
) -> None:
    run = run_name(model, fingerprint, 1)
    name = candidate_name(stack, run)
    assert PATTERN.fullmatch(name)
    assert len(name) <= LIMIT
    assert name.startswith(candidate_prefix(stack))
    others = (run, f"candidate-{run}", f"{run}-candidate", name)
    assert name not in {resource_name(stack, model) for model in others}
