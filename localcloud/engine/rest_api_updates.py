"""A REST API keeps its id, and with it its address, when a stack's update changes its OpenAPI body, as on AWS.

"Update requires: No interruption" says the page of `AWS::ApiGateway::RestApi` in the CloudFormation Template Reference
of `Body`. ministack makes another API in its place.
"""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

from localcloud.engine.common.patching import replace, symbol

RESOURCE_TYPE = "AWS::ApiGateway::RestApi"
_FROM_THE_BODY = (
    "_resources",
    "_authorizers_v1",
    "_models",
    "_gateway_responses",
    "_documentation_parts",
)
"""Names of ministack's tables, by id of the API, of what an import makes."""
_KEPT_FIELDS = ("id", "createdDate")
_PARAMETERS = "physical_id old_props new_props stack_name logical_id"


def _keep_id(original: Any) -> Any:
    def update(
        api_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        if new.get("Body") != old.get("Body"):
            _overwrite(api_id, new, stack_name, logical_id or api_id)
            old = old | {"Body": new.get("Body")}
        return original(api_id, old, new, stack_name, logical_id)

    return update


def _overwrite(
    api_id: str, properties: dict[str, Any], stack_name: str, logical_id: str
) -> None:
    """As `PutRestApi` with mode `overwrite`: imports the body into another API, whose parts become this one's."""
    imported, _ = provisioners._apigw_rest_api_create(
        logical_id, properties, stack_name
    )
    for name in _FROM_THE_BODY:
        table = getattr(apigateway_v1, name)
        table[api_id] = table.pop(imported)
    apis = apigateway_v1._rest_apis
    kept = {field: apis[api_id][field] for field in _KEPT_FIELDS}
    apis[api_id] = apis[imported] | kept
    apigateway_v1._delete_rest_api(imported)


def apply() -> None:
    for name in (*_FROM_THE_BODY, "_rest_apis"):
        symbol(apigateway_v1, name)
    symbol(apigateway_v1, "_delete_rest_api", "api_id")
    symbol(provisioners, "_apigw_rest_api_create", "logical_id props stack_name")
    replace(provisioners, "_apigw_rest_api_update", _PARAMETERS, _keep_id)
    handlers = symbol(provisioners, "_RESOURCE_HANDLERS")
    handlers[RESOURCE_TYPE]["update"] = provisioners._apigw_rest_api_update
