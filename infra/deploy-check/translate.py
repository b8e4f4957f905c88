# Reads {"template": ..., "parameters": ...} and writes the template as CloudFormation gets it from SAM. A template that SAM refuses
# ends it with SAM's reasons.
import json
import sys
from types import SimpleNamespace

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


# The translator knows the managed policies that SAM itself adds; it would have to ask IAM for others.
NO_OTHER_POLICIES = SimpleNamespace(load=dict)

request = json.load(sys.stdin)
try:
    translated = transform(request["template"], request["parameters"], NO_OTHER_POLICIES)
except InvalidDocumentException as refused:
    sys.exit("\n".join(cause.message for cause in refused.causes))
json.dump(translated, sys.stdout)
