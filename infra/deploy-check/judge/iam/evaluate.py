# Judges calls by policies with ministack's evaluator of IAM. The first line of its input has the grants of each role, each later line a
# call. For each call it prints the grants that allow it, and whether a statement denies it.
import json
import sys

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

header = json.loads(sys.stdin.readline())
grants = {
    role: [(one["id"], [parse_policy_document({"Statement": [one["statement"]]})]) for one in own]
    for role, own in header["roles"].items()
}

for line in sys.stdin:
    call = json.loads(line)
    context = EvalContext(
        principal_arn=f"arn:aws:sts::{header['account']}:assumed-role/{call['role']}/judge",
        principal_type="AssumedRole",
        principal_account=header["account"],
        action=call["action"],
        resource_arn=call["resource"],
        region=header["region"],
        secure_transport=True,
        service_context={key.lower(): value for key, value in call["context"].items()},
    )
    verdicts = [(id, evaluate(context, policies).decision) for id, policies in grants.get(call["role"], [])]
    verdict = {
        "allowing": [id for id, decision in verdicts if decision == "Allow"],
        "isDenied": any(decision == "Deny" for _, decision in verdicts),
    }
    print(json.dumps(verdict), flush=True)
