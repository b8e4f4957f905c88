import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DELIVERY_CASES } from '../../../contracts/testing/delivery-cases.ts';
import { exampleOf } from '../../../infra/contract-tooling/event-examples.ts';
import { buildPackage, publishedManifest } from '../../../infra/contract-tooling/package/build-package.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const run = promisify(execFile);
const ZOD = join(PROJECT_ROOT, 'node_modules', 'zod');
const TIMEOUT_MS = 120_000;

/** The subscriber of docs/events.md: its one block of TypeScript. */
const documented = /```ts\n([\s\S]*?)```/.exec(
  readFileSync(join(PROJECT_ROOT, 'docs', 'events.md'), 'utf8'),
)?.[1];

/** Gives that subscriber messages of one order, and prints what it knows and did. */
const PROGRAM = `
import { handle, type KnownOrder } from './subscriber.ts';

const known = new Map<string, KnownOrder>();
const done: string[] = [];
for (const body of process.argv.slice(2))
  await handle(body, {
    read: async (orderId) => known.get(orderId),
    replace: async (_, order, event) => {
      known.set(event.subject, order);
      done.push(event.type);
    },
  });
console.log(JSON.stringify({ done, statuses: [...known.values()].map(({ status }) => status) }));
`;

/** Checks that subscriber with the package's own cases. */
const CHECK = `
import { checkSubscriber } from 'order-stream/testing';
import { handle, type KnownOrder } from './subscriber.ts';

const known = new Map<string, KnownOrder>();
const actions = new Map<string, readonly string[]>();
const broken = await checkSubscriber(
  (body) =>
    handle(body, {
      read: async (orderId) => known.get(orderId),
      replace: async (_, order, { subject, id }) => {
        known.set(subject, order);
        actions.set(subject, [...(actions.get(subject) ?? []), id]);
      },
    }),
  async (orderId) => {
    const order = known.get(orderId);
    return order && { status: order.status, actions: actions.get(orderId) ?? [] };
  },
);
console.log(JSON.stringify(broken));
`;

/** Reads every fixture in Python, and counts the events that their schemas take and those of an unknown type. */
const PYTHON_CHECK = `
import json, pathlib
from jsonschema import Draft202012Validator

package = pathlib.Path('node_modules/order-stream')
schemas = {path.name: json.loads(path.read_text()) for path in (package / 'schemas').glob('*.json')}
for schema in schemas.values():
    Draft202012Validator.check_schema(schema)
    example, = schema['examples']
    Draft202012Validator(schema).validate(example)
    assert not Draft202012Validator(schema).is_valid({**example, 'time': 'yesterday'})
valid = unknown = 0
for path in (package / 'fixtures').glob('*.json'):
    for body in json.loads(path.read_text())['bodies']:
        event = json.loads(body)
        event = json.loads(event['Message']) if event.get('Type') == 'Notification' else event
        schema = schemas.get(event['type'] + '.1.json')
        if schema is None:
            unknown += 1
        else:
            Draft202012Validator(schema).validate(event)
            valid += 1
print(json.dumps({'valid': valid, 'unknown': unknown}))
`;
const hasJsonSchema = spawnSync('python3', ['-c', 'import jsonschema']).status === 0;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'subscriber-'));
  await buildPackage(join(folder, 'package'));
  const { stdout } = await run('npm', ['pack', '--json', '--offline', './package'], { cwd: folder });
  const [packed] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(stdout));
  // The only dependency comes from this project, since an install without a registry finds no other.
  const { stdout: zod } = await run('npm', ['pack', '--json', '--offline', ZOD], { cwd: folder });
  const [packedZod] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(zod));
  const dependencies = {
    [publishedManifest.name]: `file:./${packed.filename}`,
    zod: `file:./${packedZod.filename}`,
  };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'subscriber', type: 'module', dependencies }),
  );
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  symlinkSync(
    join(PROJECT_ROOT, 'node_modules', '@types'),
    join(folder, 'node_modules', '@types'),
    'junction',
  );
  writeFileSync(join(folder, 'subscriber.ts'), documented ?? '');
  writeFileSync(join(folder, 'main.ts'), PROGRAM);
  writeFileSync(join(folder, 'check.ts'), CHECK);
  writeFileSync(join(folder, 'check.py'), PYTHON_CHECK);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What TypeScript says of the subscriber, with every check on, also of the package's own declarations. */
async function typeCheck(options: Readonly<Record<string, unknown>>): Promise<string> {
  const compilerOptions = {
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
    ...{ target: 'es2022', lib: ['es2022', 'dom'], types: ['node'], noEmit: true, noImplicitReturns: true },
    ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
    ...options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiler = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const reported = await run(process.execPath, [compiler, '-p', folder]).catch((failed: unknown) => failed);
  const { stdout, stderr } = z.object({ stdout: z.string(), stderr: z.string() }).parse(reported);
  return stdout + stderr;
}

const bodyOf = (...args: Parameters<typeof exampleOf>): string => JSON.stringify(exampleOf(...args));

describe('the package for subscribers', () => {
  it.each([
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])('has types for the subscriber of docs/events.md under $moduleResolution', async (options) => {
    expect(await typeCheck(options)).toBe('');
  });

  it('runs that subscriber, which takes events in any order and repeated', async () => {
    const [placed, confirmed, removed] = [
      bodyOf('order.placed'),
      bodyOf('order.status-changed'),
      bodyOf('order.removed'),
    ];
    const enveloped = JSON.stringify({ Type: 'Notification', Message: placed });
    const unknown = JSON.stringify({ ...exampleOf('order.placed'), type: 'order.placed.v2' });
    const { stdout } = await run(
      process.execPath,
      ['main.ts', confirmed, enveloped, placed, unknown, removed, confirmed],
      { cwd: folder },
    );
    expect(JSON.parse(stdout)).toEqual({
      done: ['order.status-changed', 'order.placed', 'order.removed'],
      statuses: ['deleted'],
    });
  });

  it('checks that subscriber, which keeps every rule', async () => {
    const { stdout } = await run(process.execPath, ['check.ts'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it.skipIf(!hasJsonSchema)('has schemas and fixtures that Python reads', async () => {
    const bodies = DELIVERY_CASES.flatMap((one) => one.bodies);
    const { stdout } = await run('python3', ['check.py'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ valid: bodies.length - 1, unknown: 1 });
  });

  it('makes subscribers install zod and nothing else', () => {
    expect(Object.keys(publishedManifest.dependencies)).toEqual(['zod']);
  });

  it('has a readme with no link to a page that it does not have', () => {
    const readme = readFileSync(join(folder, 'package', 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?<target>[^)]*)\)/g)].map(
      ({ groups }) => groups?.['target'] ?? '',
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((target) => !/^(https:|#)/.test(target))).toEqual([]);
  });

  it('holds both documents', async () => {
    const { stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `for (const name of ['asyncapi', 'openapi'])
           console.log((await import('order-stream/' + name + '.json', { with: { type: 'json' } })).default[name]);`,
      ],
      { cwd: folder },
    );
    expect(stdout.trim().split('\n')).toEqual(['3.0.0', '3.1.1']);
  });
});
