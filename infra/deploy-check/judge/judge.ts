import { LOCAL_ACCOUNT_ID, LOCAL_MAIL_FROM, LOCAL_REGION } from '../../local/machine/region.ts';
import type { LocalPlan } from '../../local/plan/local-plan.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system/local-system.ts';
import { parameterValues } from '../../local/template/parameters.ts';
import type { Template } from '../../local/template/template.ts';
import { TemplateScope } from '../../local/template/template-scope.ts';
import type { ParameterSet } from '../parameter-sets.ts';
import type { TemplateFinding } from '../template-findings.ts';
import type { TranslatedTemplate } from '../translate.ts';
import { refusedFindings, unneededFindings } from './grant-findings.ts';
import { type AwsCall, arnOf } from './iam/aws-call.ts';
import { type Evaluator, isAllowed, startEvaluator } from './iam/evaluator.ts';
import { type JudgingGateway, startJudgingGateway } from './iam/gateway.ts';
import { callsOfMappings } from './iam/lambda-calls.ts';
import { resourceStatements, roleArnOf } from './iam/resource-policies.ts';
import { functionRoles, roleOf } from './iam/roles.ts';
import { foreignCalls, foreignKeyCalls } from './probes.ts';
import { Caller } from './work/caller.ts';
import { ATTEMPTS_MAX } from './work/dead-letter-work.ts';
import { work } from './work/work.ts';
import { writerCalls, writers } from './writers.ts';

/** The domain that the local cluster stands for, so that its requests are signed and judged. */
const SEARCH_DOMAIN_ARN = arnOf('es', 'domain/judge');
const OPERATOR_ROLE_ARN = `arn:aws:iam::${LOCAL_ACCOUNT_ID}:role/people/operators`;
const PARAMETERS = {
  OperatorRoleArn: OPERATOR_ROLE_ARN,
  OpenSearchDomainArn: SEARCH_DOMAIN_ARN,
  OpenSearchAuth: 'sigv4',
  OrderMails: 'Enabled',
  MailFrom: LOCAL_MAIL_FROM,
  BatchingWindowSeconds: '0',
  // One lane, so that one process fails at a record and then handles it: one that has not failed does not report the end of another's failure.
  ParallelizationFactor: '1',
  AutomaticReplayAttemptsMax: String(ATTEMPTS_MAX),
  StaleOrderDays: '1',
};
/** What no policy depends on but whether it is there. */
const LOCAL_URL = 'http://127.0.0.1';

/**
 * Runs the local system with each function's own role: a call that the translated template does not grant is refused. Every operation of the
 * API and every other function does its work, and each grant must have been needed, so that the loss of any would be found. Then calls are
 * judged that IAM has to refuse, and writes that the policies of queues, topics and buckets have to refuse, or to let through.
 *
 * @throws LocalPartError for a part that does not start; PythonToolsError when the evaluator cannot be installed.
 */
export async function judgeFindings(
  template: Template,
  translated: TranslatedTemplate,
  required: ParameterSet,
  say: (line: string) => void,
): Promise<readonly TemplateFinding[]> {
  const values = parameterValues(template, { ...required, ...PARAMETERS, OpenSearchEndpoint: LOCAL_URL });
  const scope = new TemplateScope(template, values, LOCAL_URL);
  const roles = functionRoles(translated, scope);
  const statements = resourceStatements(translated, scope);
  const principals = [...roles].map(([role, grants]) => {
    const arn = roleArnOf(translated, roleOf(translated.Resources[role]?.Properties), scope);
    return [role, { arn, grants }] as const;
  });
  await using evaluator = startEvaluator(
    new Map([...principals, ...writers(OPERATOR_ROLE_ARN, statements)]),
    statements,
  );
  await using judged = await startJudged(evaluator);
  const { system, gateway } = judged;
  const caller = await Caller.of(system);
  const { failures, isComplete } = await worked({ system, gateway, caller });
  for (const { role, call } of [...callsOfMappings(system.plan), ...UNREACHED])
    await gateway.judge(role, call);
  const refused = refusedFindings(gateway.calls);
  const foreign = [...foreignCalls(system.plan), ...foreignKeyCalls(roles)];
  const open: TemplateFinding[] = [];
  for (const { role, call } of foreign)
    if (isAllowed(await evaluator.evaluate(role, call)))
      open.push(
        finding(role, `is granted ${call.action} on ${call.resource}, which it has nothing to do with`),
      );
  const writes = writerCalls(system.plan, statements);
  for (const { principal, call, mustBeAllowed } of writes)
    if (isAllowed(await evaluator.evaluate(principal, call)) !== mustBeAllowed)
      open.push(
        finding(
          call.resource,
          `${mustBeAllowed ? 'refuses' : 'lets'} ${principal} ${call.action} ${JSON.stringify(call.context)}`,
        ),
      );
  say(
    `Judged by their roles: ${gateway.calls.length} calls of ${roles.size} functions, and ${foreign.length} that must be refused.`,
  );
  say(`Judged by the policies of queues, topics and buckets: ${writes.length} writes of others.`);
  return [
    ...refused,
    // What is refused keeps the work from its other calls.
    ...(isComplete && refused.length === 0 ? unneededFindings(roles, gateway.calls) : []),
    ...open,
    ...[...caller.failures].flatMap(([id, reasons]) => reasons.map((reason) => finding(id, reason))),
    ...(isComplete
      ? caller.unrequested.map((id) => finding(id, 'is an operation that the work does not request'))
      : []),
    ...failures.map((what) => finding('The work', what)),
    ...[...gateway.unknown].map((what) => finding('A request', what)),
  ];
}

/** A call that is refused can end the work early: the refusal says why. */
async function worked(
  judged: Parameters<typeof work>[0],
): Promise<{ readonly failures: readonly string[]; readonly isComplete: boolean }> {
  try {
    return { failures: await work(judged), isComplete: true };
  } catch (error) {
    return { failures: [error instanceof Error ? error.message : String(error)], isComplete: false };
  }
}

const finding = (where: string, what: string): TemplateFinding => ({ where, what, parameters: PARAMETERS });

/** Calls that functions make, and none in the time of this check. */
const UNREACHED: readonly { readonly role: string; readonly call: AwsCall }[] = [
  // An import goes on in another invocation when its own has no time left, after minutes.
  {
    role: 'ImportOrdersFunction',
    call: {
      action: 'sqs:SendMessage',
      resource: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:order-imports-00000000-0000-4000-8000-000000000001`,
      context: {},
    },
  },
];

interface Judged extends AsyncDisposable {
  readonly system: LocalSystem;
  readonly gateway: JudgingGateway;
}

/** Starts the local system with the gateway between its functions and its parts. */
async function startJudged(evaluator: Evaluator): Promise<Judged> {
  await using started = new AsyncDisposableStack();
  const { promise, resolve } = Promise.withResolvers<JudgingGateway>();
  // A function that is called before the system is there has no queue and no secret yet.
  let running: LocalSystem | undefined;
  const system = await startLocalSystem({
    parameters: PARAMETERS,
    functionEndpoints: async (endpoints) => {
      const gateway = await startJudgingGateway({
        evaluator,
        endpoints,
        names: () => ({ partitionKeys: partitionKeysOf(running?.plan), searchDomainArn: SEARCH_DOMAIN_ARN }),
        secrets: () => running?.secrets ?? new Map(),
      });
      started.use(gateway);
      resolve(gateway);
      const { url } = gateway;
      const services = { dynamoDb: url, messaging: url, openSearch: url, mail: url, awsApis: url };
      return { ...endpoints, ...services, secretsManager: url };
    },
  });
  running = system;
  started.defer(() => system.stop());
  const gateway = await promise;
  const owned = started.move();
  return { system, gateway, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** By table, and by index after its table. */
function partitionKeysOf(
  { tables }: Pick<LocalPlan, 'tables'> = { tables: [] },
): ReadonlyMap<string, string> {
  return new Map(
    tables.flatMap(({ name, schema }) => [
      [name, hashOf(schema.KeySchema)] as const,
      ...[...(schema.GlobalSecondaryIndexes ?? []), ...(schema.LocalSecondaryIndexes ?? [])].map(
        ({ IndexName, KeySchema }) => [`${name}/index/${IndexName}`, hashOf(KeySchema)] as const,
      ),
    ]),
  );
}

const hashOf = (keys: readonly { readonly AttributeName: string; readonly KeyType: string }[]): string =>
  keys.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
