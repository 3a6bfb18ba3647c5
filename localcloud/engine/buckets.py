"""Default encryption of a bucket that CloudFormation makes, which ministack leaves out."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from localcloud.engine.patching import symbol


def encryption_xml(properties: dict[str, Any]) -> bytes:
    """`BucketEncryption` of a template as the body of PutBucketEncryption."""
    root = ElementTree.Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for rule in properties.get("ServerSideEncryptionConfiguration") or []:
        element = ElementTree.SubElement(root, "Rule")
        default = ElementTree.SubElement(element, "ApplyServerSideEncryptionByDefault")
        for name, value in (rule.get("ServerSideEncryptionByDefault") or {}).items():
            ElementTree.SubElement(default, name).text = str(value)
        enabled = str(rule.get("BucketKeyEnabled", False)).lower()
        ElementTree.SubElement(element, "BucketKeyEnabled").text = enabled
    return bytes(ElementTree.tostring(root))


def apply() -> None:
    known = symbol(provisioners, "_S3_BUCKET_CONFIGURATIONS")
    put = symbol(s3, "_put_bucket_encryption", "name body")
    delete = symbol(s3, "_delete_bucket_encryption", "name")
    provisioners._S3_BUCKET_CONFIGURATIONS = (*known, ("BucketEncryption", encryption_xml, put, delete))
