import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { parse, parseJson, read } from '../../contracts/reading.ts';
import { httpApiEvent } from '../local/gateway/http-api-event.ts';
import { bundleFunctions } from '../local/lambda/bundle.ts';
import { startOpenSearch } from '../local/parts/opensearch.ts';
import { localPlan } from '../local/plan/local-plan.ts';
import { referredNames } from '../local/template/references.ts';
import type { Template } from '../local/template/template.ts';
import { CODE_BUCKET, DeployedStack } from './deployed-stack.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import type { ParameterSet } from './parameter-sets.ts';
import type { TemplateFinding } from './template-findings.ts';
import type { TranslatedTemplate } from './translate.ts';
import { zipOf } from './zip.ts';

const STREAM_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 250;
const HTTP_OK_MAX = 299;
const USER_ID = 'deploy-check';
const SKU = 'DEPLOY-CHECK';
const BODY_SHOWN_MAX = 300;

const Answer = z.object({ statusCode: z.number(), body: z.string().default('{}') });
const Body = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({ 'x-amazon-apigateway-integration': z.object({ uri: z.object({ 'Fn::Sub': z.string() }) }) }),
  ),
);

/** What the check of a deployment says, as it goes. */
export type Say = (line: string) => void;

/**
 * Deploys the translated template on an emulator with the project's own bundles, uses it, changes it and deletes it. What the
 * emulator cannot show is said with `say`.
 *
 * @throws DeployCheckError `emulator-failed` where a stack does not come to be; LocalPartError for a part that does not start.
 */
export async function deploymentFindings(
  template: Template,
  translated: TranslatedTemplate,
  required: ParameterSet,
  say: Say,
): Promise<readonly TemplateFinding[]> {
  const openSearch = await startOpenSearch();
  try {
    await using emulator = await startEmulator();
    const own = {
      ...required,
      OpenSearchEndpoint: openSearch.endpoint,
      OpenSearchAuth: 'none',
      SampleSubscriber: 'Enabled',
      DeletionProtection: 'false',
    };
    await uploadBundles(emulator, template, own);
    const stack = new DeployedStack(emulator, 'order-stream-own-search', emulated(translated));
    await stack.create(own);
    const used = new UsedStack(emulator, translated, await stack.physicalIds(), own);
    say(`Created with an OpenSearch of one's own: ${used.size} resources; the indices are installed.`);
    const findings = [
      ...(await used.follow(openSearch.endpoint, say)),
      ...(await used.update(stack, say)),
      ...(await used.rollBack(stack, say)),
    ];
    await stack.delete();
    const kept = Object.entries(translated.Resources).filter(
      ([logicalId, { DeletionPolicy, Condition }]) =>
        DeletionPolicy === 'Retain' && (Condition === undefined || used.has(logicalId)),
    );
    const types = Map.groupBy(kept, ([, { Type }]) => Type);
    say(
      `Deleted. By their policies there remain: ${[...types].map(([type, those]) => `${those.length} of ${type}`).join(', ')}.`,
    );
    // No domain of the emulator responds, so nothing can be installed in it.
    const withoutIndices = emulated(translated, ['AWS::CloudFormation::CustomResource']);
    for (const [name, parameters] of Object.entries(OTHER_STACKS)) {
      const other = new DeployedStack(emulator, name, withoutIndices);
      await other.create({ ...required, ...parameters, DeletionProtection: 'false' });
      await other.delete();
      const given = Object.keys(parameters).join(', ') || 'the default parameters';
      say(`Created with ${given}, without AWS::CloudFormation::CustomResource, and deleted.`);
    }
    return findings;
  } finally {
    await openSearch.stop();
  }
}

/** Stacks that are created beside the one that is used. */
const OTHER_STACKS: Readonly<Record<string, ParameterSet>> = {
  'order-stream-defaults': {},
  'order-stream-production': {
    SearchInstanceType: 'm6g.large.search',
    SearchInstanceCount: '3',
    SearchDedicatedMasterType: 'm6g.large.search',
    SearchMasterRoleArn: 'arn:aws:iam::123456789012:role/search',
    SearchSubnetIds: 'subnet-00000001,subnet-00000002,subnet-00000003',
    SearchSecurityGroupId: 'sg-00000001',
    DeploymentType: 'Canary10Percent15Minutes',
    OrderMails: 'Enabled',
    MailFrom: 'orders@shop.example',
  },
};

/** Resource types that the emulator does not make: it knows no metric math and no CodeDeploy, and the dashboard names the alarms. */
export const IGNORED_TYPES = [
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentGroup',
];

/** The template without what the emulator does differently from AWS. It compares a complete list with its allowed values. */
function emulated(translated: TranslatedTemplate, dropped: readonly string[] = []): TranslatedTemplate {
  const isIgnored = (type: string | undefined): boolean =>
    type !== undefined && [...IGNORED_TYPES, ...dropped].includes(type);
  return {
    ...translated,
    Parameters: Object.fromEntries(
      Object.entries(translated.Parameters).map(([name, parameter]) => {
        const list = read(z.looseObject({ Type: z.literal('CommaDelimitedList') }), parameter);
        return [name, list.success ? { ...list.data, AllowedValues: undefined } : parameter];
      }),
    ),
    Resources: Object.fromEntries(
      Object.entries(translated.Resources)
        .filter(([, { Type }]) => !isIgnored(Type))
        // An alias moves at once where nothing deploys it.
        .map(([name, { UpdatePolicy: _, ...resource }]) => [name, resource]),
    ),
    Outputs: Object.fromEntries(
      Object.entries(translated.Outputs).filter(
        ([, { Value }]) =>
          ![...referredNames(Value)].some((name) => isIgnored(translated.Resources[name]?.Type)),
      ),
    ),
  };
}

async function uploadBundles(
  emulator: Emulator,
  template: Template,
  parameters: ParameterSet,
): Promise<void> {
  const { functions } = localPlan(template, parameters, emulator.endpoint);
  const modules = await bundleFunctions(functions);
  await emulator.s3.send(new CreateBucketCommand({ Bucket: CODE_BUCKET }));
  for (const { logicalId, entryPoint } of functions) {
    const module = modules.get(logicalId) ?? '';
    const name = entryPoint.replace(/\.\w+$/, /\.\w+$/.exec(module)?.[0] ?? '');
    await emulator.s3.send(
      new PutObjectCommand({
        Bucket: CODE_BUCKET,
        Key: `${logicalId}.zip`,
        Body: zipOf(name, await readFile(module)),
      }),
    );
  }
}

/** A stack that is used through the functions that API Gateway would call. */
class UsedStack {
  readonly #emulator: Emulator;
  readonly #translated: TranslatedTemplate;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #parameters: ParameterSet;

  constructor(
    emulator: Emulator,
    translated: TranslatedTemplate,
    ids: ReadonlyMap<string, string>,
    parameters: ParameterSet,
  ) {
    this.#emulator = emulator;
    this.#translated = translated;
    this.#ids = ids;
    this.#parameters = parameters;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(logicalId: string): boolean {
    return this.#ids.has(logicalId);
  }

  /** Places an order, and follows it through both consumers of the stream. */
  async follow(searchEndpoint: string, say: Say): Promise<readonly TemplateFinding[]> {
    const findings: TemplateFinding[] = [];
    const user = { userId: USER_ID, name: 'Deploy Check', email: 'deploy-check@example.org' };
    const product = { sku: SKU, name: 'Thing', category: 'things', unitPrice: 100, currency: 'EUR' };
    const shipTo = { name: 'Deploy Check', city: 'Town', country: 'Land' };
    const order = { lines: [{ sku: SKU, quantity: 2 }], shipTo };
    const steps = [
      ['POST', '/users', {}, user],
      ['POST', '/products', {}, product],
      ['POST', '/products/{sku}/receipts', { sku: SKU }, { quantity: 5 }],
      ['POST', '/users/{userId}/orders', { userId: USER_ID }, order],
    ] as const;
    for (const [method, path, parameters, body] of steps) {
      const { statusCode, text } = await this.#call(method, path, parameters, body);
      if (statusCode > HTTP_OK_MAX)
        findings.push(this.#finding(`${method} ${path}`, `answers ${statusCode}: ${text}`));
    }
    if (findings.length > 0) return findings;
    say('Used through its aliases: a user, a product, a receipt and an order were created.');
    const effects: readonly (readonly [string, () => Promise<boolean>])[] = [
      [
        'the order-events consumer reserves stock',
        async () =>
          (await this.#call('GET', '/products/{sku}', { sku: SKU }, undefined)).text.includes('"reserved":2'),
      ],
      [
        'the topic delivers the notification to the sample subscriber',
        async () => (await textOf(`${this.#emulator.endpoint}/_ministack/sqs/messages`)).includes(USER_ID),
      ],
      [
        'the search-index consumer indexes the order',
        async () => (await textOf(`${searchEndpoint}/orders/_search`)).includes(USER_ID),
      ],
    ];
    for (const [effect, isSeen] of effects)
      if (await comesTrue(isSeen)) say(`Followed: ${effect}.`);
      else findings.push(this.#finding('The stream', `is not followed: ${effect} did not happen`));
    return findings;
  }

  /** Changes parameters that functions read, and compares what their aliases run with what they were set to. */
  async update(stack: DeployedStack, say: Say): Promise<readonly TemplateFinding[]> {
    const changed = { OrderRetentionDays: '30', LogLevel: 'DEBUG' };
    await stack.update({ ...this.#parameters, ...changed });
    const stale: string[] = [];
    const aliases = Object.entries(this.#translated.Resources).filter(
      ([, { Type }]) => Type === 'AWS::Lambda::Alias',
    );
    for (const [, { Properties }] of aliases) {
      const { FunctionName, Name } = parse(
        z.object({ FunctionName: z.object({ Ref: z.string() }), Name: z.string() }),
        Properties,
      );
      const name = this.#ids.get(FunctionName.Ref) ?? '';
      const [latest, live] = await Promise.all([
        this.#emulator.environmentOf(name, undefined),
        this.#emulator.environmentOf(name, Name),
      ]);
      if (JSON.stringify(latest) !== JSON.stringify(live)) stale.push(FunctionName.Ref);
    }
    say(
      `Updated ${Object.keys(changed).join(' and ')}: ${aliases.length - stale.length} of ${aliases.length} aliases run the new environment.`,
    );
    return stale.length === 0
      ? []
      : [
          {
            where: stale.join(', '),
            what: 'keeps the old environment behind the alias after an update',
            parameters: changed,
          },
        ];
  }

  /** Lets an update fail, and compares what the functions are set to with what they were before. */
  async rollBack(stack: DeployedStack, say: Say): Promise<readonly TemplateFinding[]> {
    const names = Object.entries(this.#translated.Resources).flatMap(([logicalId, { Type }]) =>
      Type === 'AWS::Lambda::Function' && this.has(logicalId) ? [logicalId] : [],
    );
    const environments = () =>
      Promise.all(
        names.map(async (logicalId) => {
          const variables = await this.#emulator.environmentOf(this.#ids.get(logicalId) ?? '', undefined);
          return [logicalId, JSON.stringify(variables)] as const;
        }),
      );
    const before = new Map(await environments());
    const changed = { OrderRetentionDays: '60', LogLevel: 'DEBUG' };
    await stack.updateInVain({ ...this.#parameters, ...changed });
    const other = (await environments()).filter(([logicalId, now]) => before.get(logicalId) !== now);
    say(
      `Rolled back an update that failed: ${names.length - other.length} of ${names.length} functions are as before.`,
    );
    return other.map(([logicalId]) => ({
      where: logicalId,
      what: 'is not as before after an update that failed',
      parameters: changed,
    }));
  }

  #finding(where: string, what: string): TemplateFinding {
    return { where, what, parameters: this.#parameters };
  }

  async #call(
    method: string,
    routePath: string,
    pathParameters: Readonly<Record<string, string>>,
    body: unknown,
  ): Promise<{ readonly statusCode: number; readonly text: string }> {
    const event = httpApiEvent(
      {
        method,
        url: routePath.replaceAll(/\{(\w+)\}/g, (_, name: string) => pathParameters[name] ?? ''),
        httpVersion: '1.1',
        headers: { 'content-type': ['application/json'], 'idempotency-key': [`${method}-${routePath}`] },
        pathParameters,
        body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
        sourceIp: '127.0.0.1',
        routePath,
        claims: { sub: USER_ID, scope: 'orders:write accounts:write ops:read ops:write' },
      },
      new Date(),
    );
    const { failed, payload } = await this.#emulator.invoke(this.#target(method, routePath), event);
    if (failed) return { statusCode: 500, text: payload.slice(0, BODY_SHOWN_MAX) };
    const { statusCode, body: text } = parseJson(Answer, payload);
    return { statusCode, text };
  }

  /** The function, or its alias, that the route's integration names. */
  #target(method: string, routePath: string): string {
    const api = Object.values(this.#translated.Resources).find(
      ({ Type }) => Type === 'AWS::ApiGatewayV2::Api',
    );
    const { paths } = parse(z.object({ paths: Body }), api?.Properties['Body']);
    const uri =
      paths[routePath]?.[method.toLowerCase()]?.['x-amazon-apigateway-integration'].uri['Fn::Sub'] ?? '';
    const logicalId = /functions\/\$\{([^}.]+)/.exec(uri)?.[1] ?? '';
    return this.#ids.get(logicalId) ?? '';
  }
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(STREAM_TIMEOUT_MS) });
  return response.text();
}

async function comesTrue(isSeen: () => Promise<boolean>): Promise<boolean> {
  const deadlineMs = Date.now() + STREAM_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    if (await isSeen()) return true;
    await sleep(LOOK_INTERVAL_MS);
  }
  return false;
}
