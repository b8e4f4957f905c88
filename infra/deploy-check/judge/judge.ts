import { parameterValues } from '../../local/template/parameters.ts';
import type { Template } from '../../local/template/template.ts';
import { TemplateScope } from '../../local/template/template-scope.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_MAIL_FROM, LOCAL_REGION } from '../../local/machine/region.ts';
import type { LocalPlan } from '../../local/plan/local-plan.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system/local-system.ts';
import type { ParameterSet } from '../parameter-sets.ts';
import type { TemplateFinding } from '../template-findings.ts';
import type { TranslatedTemplate } from '../translate.ts';
import { workOfClients } from './api-work.ts';
import { workOfBackground } from './background-work.ts';
import { Caller } from './caller.ts';
import { isAllowed, startEvaluator } from './evaluator.ts';
import { type JudgedCall, startJudgingGateway } from './gateway.ts';
import { functionRoles } from './roles.ts';

const DOMAIN_ARN = `arn:aws:es:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:domain/judge`;
const PARAMETERS = {
  OpenSearchDomainArn: DOMAIN_ARN,
  OpenSearchAuth: 'sigv4',
  OrderMails: 'Enabled',
  BatchingWindowSeconds: '0',
  StaleOrderDays: '1',
};

export async function judgeFindings(
  template: Template,
  translated: TranslatedTemplate,
  required: ParameterSet,
  say: (line: string) => void,
): Promise<readonly TemplateFinding[]> {
  const given = { ...required, ...PARAMETERS, OpenSearchEndpoint: 'http://127.0.0.1', MailFrom: LOCAL_MAIL_FROM };
  const roles = functionRoles(translated, new TemplateScope(template, parameterValues(template, given), 'http://127.0.0.1'));
  await using evaluator = startEvaluator(roles);
  await using started = new AsyncDisposableStack();
  let system: LocalSystem | undefined;
  let gateway: Awaited<ReturnType<typeof startJudgingGateway>> | undefined;
  system = await startLocalSystem({
    parameters: PARAMETERS,
    log: (source, line) => process.env['JUDGE_LOG'] && console.error(source, line),
    functionEndpoints: async (endpoints) => {
      gateway = await startJudgingGateway({
        evaluator,
        endpoints,
        names: () => ({ partitionKeys: partitionKeys(system?.plan), searchDomainArn: DOMAIN_ARN }),
        secrets: () => system?.secrets ?? new Map(),
      });
      const { url } = gateway;
      return { ...endpoints, dynamoDb: url, messaging: url, openSearch: url, mail: url, awsApis: url, secretsManager: url };
    },
  });
  const running = system;
  started.defer(() => running.stop());
  const work = { system, caller: await Caller.of(system) };
  await workOfClients(work);
  const failures = await workOfBackground(work);
  const { calls = [], unknown = new Set() } = gateway ?? {};
  const finding = (where: string, what: string): TemplateFinding => ({ where, what, parameters: PARAMETERS });
  const refused = Map.groupBy(calls.filter(({ verdict }) => !isAllowed(verdict)), ({ role }) => role);
  const findings = [
    ...[...refused].map(([role, those]) => finding(role, `refused: ${[...new Set(those.map(({ call }) => `${call.action} on ${call.resource} ${JSON.stringify(call.context)}`))].join('; ')}`)),
    ...[...work.caller.failures].flatMap(([id, reasons]) => reasons.map((reason) => finding(id, reason))),
    ...failures.map((one) => finding('work', one)),
    ...[...unknown].map((one) => finding('unknown', one)),
  ];
  const needed = new Set(calls.flatMap(({ role, verdict: { allowing } }) => allowing.length === 1 ? [`${role} ${allowing[0]}`] : []));
  for (const [role, grants] of roles) for (const grant of grants) if (!needed.has(`${role} ${grant.id}`)) findings.push(finding(role, `grants what nothing needed: ${grant.id}`));
  say(`Judged ${calls.length} calls.`);
  return findings;
}

function partitionKeys(plan: LocalPlan | undefined): ReadonlyMap<string, string> {
  const keyOf = (schema: readonly { AttributeName: string; KeyType: string }[]) => schema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  return new Map(
    (plan?.tables ?? []).flatMap(({ name, schema }) => [
      [name, keyOf(schema.KeySchema)] as const,
      ...[...(schema.GlobalSecondaryIndexes ?? []), ...(schema.LocalSecondaryIndexes ?? [])].map(
        ({ IndexName, KeySchema }) => [`${name}/index/${IndexName}`, keyOf(KeySchema)] as const,
      ),
    ]),
  );
}
