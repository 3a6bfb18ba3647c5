"""The bare engine, letting the local SageMaker send events as `aws.sagemaker`, which AWS allows nobody but itself."""

from collections.abc import Callable
from typing import Any

from ministack.app import main
from ministack.services import eventbridge


def allow_sagemaker(put_events: Callable[..., Any]) -> Callable[..., Any]:
    def put(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        ours = all(entry.get("Source") == "aws.sagemaker" for entry in data.get("Entries", []))
        return put_events(data, allow_aws_source=allow_aws_source or ours)

    return put


if __name__ == "__main__":
    eventbridge._put_events = allow_sagemaker(eventbridge._put_events)
    main()
