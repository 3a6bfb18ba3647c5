"""The CloudFormation template that SAM makes of ours, which is what AWS is given."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.arn_generator import ArnGenerator
from samtranslator.translator.translator import Translator

from tests.unit.stack import template

_CODE = {"CodeUri", "ContentUri", "DefinitionUri"}
"""Properties that `sam deploy` replaces by the place it uploaded to."""


@cache
def load(region: str = "us-east-1") -> dict[str, Any]:
    """`template.yaml` after the transform, its local files replaced as `sam deploy` does."""
    source = template.load()
    source["Globals"]["Function"]["CodeUri"] = "s3://bucket/code.zip"
    for resource in source["Resources"].values():
        for name in _CODE & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/code.zip"
    ArnGenerator.BOTO_SESSION_REGION_NAME = region
    session = boto3.Session(region_name=region)
    translator = Translator({}, Parser(), boto_session=session)
    translated: dict[str, Any] = translator.translate(source, {"AWS::Region": region})
    return translated
