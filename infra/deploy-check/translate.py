# Reads {"template": ..., "parameters": ...} and writes the template as CloudFormation gets it from SAM. A template that SAM refuses
# ends it with SAM's reasons.
import json
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class BundledPolicies:
    """The translator knows the managed policies that SAM itself adds; it would have to ask IAM for others."""

    def load(self):
        return {}


request = json.load(sys.stdin)
try:
    translated = transform(request["template"], request["parameters"], BundledPolicies())
except InvalidDocumentException as refused:
    sys.exit("\n".join(cause.message for cause in refused.causes))
json.dump(translated, sys.stdout)
