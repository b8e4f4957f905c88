# Judges calls by policies with ministack's evaluator of IAM. The first line of its input has the grants of each principal and the statements by which
# resources deny, each later line a call. For each call it prints the grants that allow it, and whether a statement denies it.
import json
import sys

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

header = json.loads(sys.stdin.readline())
principals = {
    name: (one["arn"], [(grant["id"], [parse_policy_document({"Statement": [grant["statement"]]})]) for grant in one["grants"]])
    for name, one in header["principals"].items()
}
denying = [parse_policy_document({"Statement": [one]}) for one in header["denying"]]

for line in sys.stdin:
    call = json.loads(line)
    # A service has no ARN. Of a role it is the role's own and not that of its session, as in aws:PrincipalArn.
    arn, grants = principals.get(call["principal"], ("", []))
    context = EvalContext(
        principal_arn=arn,
        principal_type="AssumedRole",
        principal_account=header["account"],
        action=call["action"],
        resource_arn=call["resource"],
        region=header["region"],
        secure_transport=True,
        service_context={
            **{key.lower(): value for key, value in call["context"].items()},
            "aws:principalisawsservice": str(arn is None).lower(),
        },
    )
    verdicts = [(id, evaluate(context, policies).decision) for id, policies in grants]
    verdict = {
        "allowing": [id for id, decision in verdicts if decision == "Allow"],
        "isDenied": any(decision == "Deny" for _, decision in [*verdicts, ("", evaluate(context, denying).decision)]),
    }
    print(json.dumps(verdict), flush=True)
