# Prints, as JSON, what each stack of the template at argv[1] and of the local templates nested in it amounts to when CloudFormation has run its
# transforms, its resources, and what of it must outlive the next release: the resources that hold data, and the alarms. A template that SAM
# refuses ends it with SAM's reasons.
import json
import sys
from pathlib import Path
from types import SimpleNamespace

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

SERVERLESS = "AWS::Serverless-2016-10-31"
# Of each type of nested stack, the property that names its template.
NESTED = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
# Packaging uploads code, layers and nested templates; the translator takes no local path for them.
UPLOADED = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::Application": "Location"}
# The translator knows the managed policies that SAM itself adds; it would have to ask IAM for others.
NO_OTHER_POLICIES = SimpleNamespace(load=dict)


# Types whose resources hold what is lost with them.
STATEFUL = [
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
]
ALARMS = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
REGION = "eu-central-1"
SCHEMA_PREFIX = "/properties/"


def nested_templates(file, resources):
    for resource in resources.values():
        location = resource.get("Properties", {}).get(NESTED.get(resource["Type"]))
        if isinstance(location, str) and "://" not in location:
            yield file.parent / location


def translated(template):
    if SERVERLESS not in json.dumps(template.get("Transform")):
        return template
    for logical_id, resource in template["Resources"].items():
        uploaded = UPLOADED.get(resource["Type"])
        if uploaded is not None:
            resource["Properties"][uploaded] = f"https://bucket.s3.amazonaws.com/{logical_id}"
            if uploaded == "CodeUri":
                resource["Properties"][uploaded] = f"s3://bucket/{logical_id}"
    return transform(template, {}, NO_OTHER_POLICIES)


def member(value, path):
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# The properties whose change makes CloudFormation replace the resource, by the type's own schema.
def fixed_properties(type_name, properties):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_name).schema
    pointers = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    paths = [pointer.removeprefix(SCHEMA_PREFIX) for pointer in pointers]
    values = {path: member(properties, path.split("/")) for path in paths}
    return {path: value for path, value in values.items() if value is not None}


# Another key or another type of one is another index. A local index comes and goes with its table.
def indices(properties):
    types = {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", [])}
    named = {
        one["IndexName"]: one["KeySchema"]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        for one in properties.get(kind, [])
    }
    keys = {"table": properties.get("KeySchema", []), **named}
    return {
        name: [f"{key['KeyType']} {key['AttributeName']} {types.get(key['AttributeName'])}" for key in schema]
        for name, schema in keys.items()
    }


def resource_state(resource):
    properties = resource.get("Properties", {})
    state = {
        "type": resource["Type"],
        "condition": resource.get("Condition"),
        "deletionPolicy": resource.get("DeletionPolicy"),
        "updateReplacePolicy": resource.get("UpdateReplacePolicy"),
        "fixed": fixed_properties(resource["Type"], properties),
        "keys": indices(properties) if resource["Type"] == "AWS::DynamoDB::Table" else None,
    }
    return {name: value for name, value in state.items() if value}


def dimension_value(value):
    return next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value


# What an alarm watches, wherever it is in it: each metric, with the resources that it is of. A resource that only some stacks have has no value
# here; the alarm's own name stands for it.
def metrics(value, alarm):
    if isinstance(value, list):
        return [name for one in value for name in metrics(one, alarm)]
    if not isinstance(value, dict):
        return []
    below = [name for one in value.values() for name in metrics(one, alarm)]
    if not isinstance(value.get("MetricName"), str):
        return below
    of = sorted(f"{one.get('Name')} {dimension_value(one.get('Value', alarm))}" for one in value.get("Dimensions", []))
    return [f"{value['MetricName']} of {', '.join(of)}" if of else value["MetricName"], *below]


def of_types(stack, types):
    return {name: one for name, one in sorted(stack["Resources"].items()) if one["Type"] in types}


def sizes(file):
    # Resources that a loop makes count one by one: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
    template = expand_language_extensions(yaml_parse(file.read_text(encoding="utf-8")), enabled=True).expanded_template
    nested = list(nested_templates(file, template["Resources"]))
    stack = translated(template)
    yield {
        "file": file.as_posix(),
        "resources": len(stack["Resources"]),
        "parameters": len(stack.get("Parameters", {})),
        "outputs": len(stack.get("Outputs", {})),
        "definitions": stack["Resources"],
        "bytes": len(json.dumps(stack, separators=(",", ":")).encode()),
        "stateful": {name: resource_state(one) for name, one in of_types(stack, STATEFUL).items()},
        "alarms": {name: sorted(set(metrics(one["Properties"], name))) for name, one in of_types(stack, ALARMS).items()},
    }
    for one in nested:
        yield from sizes(one)


try:
    json.dump(list(sizes(Path(sys.argv[1]))), sys.stdout)
except InvalidDocumentException as refused:
    sys.exit("\n".join(cause.message for cause in refused.causes))
