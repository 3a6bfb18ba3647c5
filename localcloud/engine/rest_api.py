"""API Gateway's REST APIs: limits, errors that give nothing away, and what an import of OpenAPI leaves out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ministack.services import apigateway_v1

from localcloud.engine.common.patching import replace, symbol

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_EVENT_BYTES = 6 * 1024 * 1024
"""Of a function's event: the body is a JSON text in it, so that quotes and line ends count twice."""
_DEFAULT_TIMEOUT_MS = 29_000
_RESPONSE_FIELDS = frozenset(
    {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
)
_INTERNAL = "Internal server error"
_BARE_FAILURE = (
    502,
    {"Content-Type": "application/json"},
    json.dumps({"message": _INTERNAL}).encode(),
)
"""ministack's answer where a function failed."""
_HELPERS = (
    "_gw_error",
    "_resolve_api_key",
    "_api_key_from_request",
    "_resources",
    "_rest_apis",
    "_stages_v1",
)
"""Names of ministack that the patches use."""
_EXECUTE_PARAMETERS = "request api_id stage_name method path headers body query_params owner_account_id owner_region"
_EVENT_PARAMETERS = (
    "api_id stage_name stage resource request_path method headers body query_params path_params "
    "binary_media_types authorizer_context caller_identity"
)
_INVOKE_PARAMETERS = (
    "integration api_id stage_name stage resource request_path method headers body query_params path_params "
    "owner_account_id owner_region binary_media_types authorizer_context caller_identity"
)
_IMPORT_OPERATION_PARAMETERS = (
    "api_id resource_id http_method operation scheme_map default_security"
)
_INTEGRATION_FIELDS = (
    "requestTemplates",
    "passthroughBehavior",
    "timeoutInMillis",
    "contentHandling",
    "credentials",
)
"""Of `x-amazon-apigateway-integration`; without them no mock answers a CORS preflight."""


_ANY_METHOD = "x-amazon-apigateway-any-method"
"""The name of an operation in OpenAPI that takes every method without one."""


def is_proxy_response(answer: Any) -> bool:
    """Whether a function's answer is one that a proxy integration takes."""
    if not isinstance(answer, dict) or not set(answer) <= _RESPONSE_FIELDS:
        return False
    status = str(answer.get("statusCode", 200))
    has_text = isinstance(answer.get("body", ""), str | None)
    return has_text and status.isdigit() and len(status) == 3


def _hide_errors(original: Any) -> Any:
    """A raised exception and a malformed answer are the same 502. The reason is in the function's log."""

    def respond(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            return original(result)
        if result.get("error") or not is_proxy_response(result.get("body")):
            return None, _INTERNAL
        return original(result)

    return respond


def _limit_time(original: Any) -> Any:
    """504 after the integration's time limit (29 s unless set lower). The function runs on; its answer is dropped."""

    async def invoke(integration: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        call = asyncio.ensure_future(original(integration, *args, **kwargs))
        limit_ms = float(integration.get("timeoutInMillis") or _DEFAULT_TIMEOUT_MS)
        done, _ = await asyncio.wait({call}, timeout=limit_ms / 1000)
        if not done:
            return apigateway_v1._gw_error(
                "INTEGRATION_TIMEOUT", "Endpoint request timed out"
            )
        return call.result()

    return invoke


class EventTooLargeError(Exception):
    """The request makes an event that Lambda does not take."""


def _limit_event(original: Any) -> Any:
    """413 for an event above Lambda's limit, which a body of less than the gateway's own can make."""

    async def invoke(integration: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await original(integration, *args, **kwargs)
        except EventTooLargeError:
            return apigateway_v1._gw_error("REQUEST_TOO_LARGE", "Request Too Long")

    return invoke


class FunctionFailure(apigateway_v1._GatewayError):  # type: ignore[misc]
    """A failed function: DEFAULT_5XX, but 502."""

    status = 502


def _answer_failures(original: Any) -> Any:
    """Where a function fails the API answers in its own words: by its gateway response."""

    async def invoke(integration: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        answer = await original(integration, *args, **kwargs)
        is_failure = isinstance(answer, tuple) and answer == _BARE_FAILURE
        return FunctionFailure("DEFAULT_5XX", _INTERNAL) if is_failure else answer

    return invoke


def _keep_status(original: Any) -> Any:
    def respond(error: Any, request: dict[str, Any]) -> Any:
        status, headers, body = original(error, request)
        return getattr(error, "status", status), headers, body

    return respond


def _limit_body(original: Any) -> Any:
    async def execute(
        request: dict[str, Any], api_id: str, stage_name: str, *more: Any
    ) -> Any:
        _, _, _, body, *_ = more
        if len(body) > MAX_BODY_BYTES:
            request["stage"] = (
                apigateway_v1._stages_v1.get(api_id, {}).get(stage_name) or {}
            )
            return apigateway_v1._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
        return await original(request, api_id, stage_name, *more)

    return execute


def _add_caller(original: Any) -> Any:
    """The key a caller showed, and the API's name, as a function reads them on AWS."""

    def build(api_id: str, *args: Any, **kwargs: Any) -> Any:
        event = original(api_id, *args, **kwargs)
        _check_size(event)
        context = event["requestContext"]
        key = apigateway_v1._resolve_api_key(
            apigateway_v1._api_key_from_request(event["headers"])
        )
        if key:
            context["identity"] |= {"apiKey": key["value"], "apiKeyId": key["id"]}
        region = apigateway_v1.get_region()
        context["domainPrefix"] = api_id
        context["domainName"] = f"{api_id}.execute-api.{region}.amazonaws.com"
        return event

    return build


def _check_size(event: dict[str, Any]) -> None:
    size = len(json.dumps(event, ensure_ascii=False).encode())
    if size > MAX_EVENT_BYTES:
        raise EventTooLargeError(
            f"expected an event of at most {MAX_EVENT_BYTES:,}; found {size:,}"
        )


def _import_integration(original: Any) -> Any:
    """Time limit, request templates and responses of an integration; operations of any method."""

    def add(
        api_id: str,
        resource_id: str,
        http_method: str,
        operation: dict[str, Any],
        *args: Any,
    ) -> None:
        if http_method.lower() == _ANY_METHOD:
            http_method = "ANY"
        original(api_id, resource_id, http_method, operation, *args)
        declared = (operation or {}).get("x-amazon-apigateway-integration")
        if not declared:
            return
        method = apigateway_v1._resources[api_id][resource_id]["resourceMethods"][
            http_method
        ]
        fields = {
            name: declared[name] for name in _INTEGRATION_FIELDS if name in declared
        }
        method["methodIntegration"] |= fields
        for pattern, response in (declared.get("responses") or {}).items():
            selection = "" if pattern == "default" else pattern
            status = str(response["statusCode"])
            data = response | {"selectionPattern": selection}
            apigateway_v1._put_integration_response(
                api_id, resource_id, http_method, status, data
            )

    return add


def _import_api(original: Any) -> Any:
    """Gateway responses and binary media types of the OpenAPI body."""

    def load(spec: dict[str, Any], base_data: Any = None) -> Any:
        api_id = original(spec, base_data)
        media_types = spec.get("x-amazon-apigateway-binary-media-types") or []
        if media_types:
            decoded = [media_type.replace("~1", "/") for media_type in media_types]
            apigateway_v1._rest_apis[api_id]["binaryMediaTypes"] = decoded
        for kind, response in (
            spec.get("x-amazon-apigateway-gateway-responses") or {}
        ).items():
            apigateway_v1._put_gateway_response(api_id, kind, response)
        return api_id

    return load


def apply() -> None:
    for name in _HELPERS:
        symbol(apigateway_v1, name)
    symbol(
        apigateway_v1,
        "_put_integration_response",
        "api_id resource_id http_method status_code data",
    )
    symbol(apigateway_v1, "_put_gateway_response", "api_id response_type data")
    replace(apigateway_v1, "_lambda_proxy_response", "result", _hide_errors)
    replace(
        apigateway_v1,
        "_invoke_lambda_proxy_v1",
        _INVOKE_PARAMETERS,
        lambda original: _limit_time(_answer_failures(_limit_event(original))),
    )
    replace(apigateway_v1, "_gateway_error_response", "error request", _keep_status)
    replace(apigateway_v1, "_execute_in_scope", _EXECUTE_PARAMETERS, _limit_body)
    replace(apigateway_v1, "_build_lambda_event_v1", _EVENT_PARAMETERS, _add_caller)
    replace(
        apigateway_v1,
        "_import_operation",
        _IMPORT_OPERATION_PARAMETERS,
        _import_integration,
    )
    symbol(apigateway_v1, "_OPENAPI_HTTP_METHODS").add(_ANY_METHOD)
    replace(apigateway_v1, "_import_rest_api", "spec base_data", _import_api)
