# Prints, as JSON, what each stack of the template at argv[1] and of the local templates nested in it amounts to when CloudFormation has run its
# transforms. A template that SAM refuses ends it with SAM's reasons.
import json
import sys
from pathlib import Path
from types import SimpleNamespace

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
        "bytes": len(json.dumps(stack, separators=(",", ":")).encode()),
    }
    for one in nested:
        yield from sizes(one)


try:
    json.dump(list(sizes(Path(sys.argv[1]))), sys.stdout)
except InvalidDocumentException as refused:
    sys.exit("\n".join(cause.message for cause in refused.causes))
