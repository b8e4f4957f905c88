import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const IMPORT = /\bfrom\s+'(\.{1,2}\/[^']+)'|\bimport\s+'(\.{1,2}\/[^']+)'|\bimport\('(\.{1,2}\/[^']+)'\)/g;

/** What each top-level folder may import besides itself. */
const MAY_IMPORT = {
  contracts: [],
  pipelines: ['contracts'],
  handlers: ['contracts', 'pipelines', 'infra/opensearch'],
} as const;

/** Without what `sam build` leaves in infra. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith('.aws-sam/'))
    .map((file) => join(folder, file));
}

function foreignImports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) =>
    relative(ROOT, resolve(ROOT, dirname(file), from ?? bare ?? dynamic ?? '')),
  );
}

describe.each(Object.entries(MAY_IMPORT))('%s', (folder, allowed) => {
  it(`imports of ours only itself${allowed.length > 0 ? ` and ${allowed.join(', ')}` : ''}`, () => {
    const broken = sources(folder).flatMap((file) =>
      foreignImports(file)
        .filter((target) => ![folder, ...allowed].some((permitted) => target.startsWith(`${permitted}/`)))
        .map((target) => `${file} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('AWS clients', () => {
  const made =
    /new (DynamoDBClient|SNSClient|SQSClient|S3Client|SecretsManagerClient|SESv2Client|Client|(?:\w+\.)?Transport|ConnectionPool)\(/;
  it('are made in one place of the deployed code', () => {
    const makers = [...sources('handlers'), ...sources('pipelines')].filter((file) =>
      made.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(
      makers.filter(
        (file) => !/^handlers\/(clients|email-hash-secret|opensearch-client|signing-keys)\.ts$/.test(file),
      ),
    ).toEqual([]);
  });
});

describe('waiting and trying again', () => {
  const waits = /\b(?:setTimeout|setInterval|timers\/promises)\b/;
  /** What bounds a wait, and what waits. */
  const ALLOWED = ['pipelines/aws/deadline.ts', 'pipelines/aws/retry.ts', 'pipelines/search/open-search.ts'];
  it('is in retry.ts alone: no other deployed code sleeps', () => {
    const waiting = [...sources('handlers'), ...sources('pipelines')].filter((file) =>
      waits.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(waiting.toSorted()).toEqual(ALLOWED);
  });
});

describe('signals', () => {
  const handles = /\bprocess\.(?:on|once)\((?!'(?:exit|message|disconnect)')/;
  /** Two run before TypeScript can, and hand signals on to a process that waits by untilSignal. */
  const ALLOWED = ['machine/own-node.mjs', 'machine/until-signal.ts', 'setup.mjs'];
  it('end a command by untilSignal alone: one that comes twice is one', () => {
    const handlers = sources('infra').filter((file) => handles.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(handlers.toSorted()).toEqual(ALLOWED.map((file) => `infra/local/${file}`));
  });
});

describe('values from outside', () => {
  /** A schema's own methods; those of JSON, Date, URL and commander are others. */
  const own =
    /(?<=[\w)\]]\s*)(?<!\b(?:JSON|Date|URL|program))\.(?:safeParse(?:Async)?|parse(?:Async)?)\((?!\))/;
  it('are read by contracts/reading.ts alone, which cannot throw what is not ours', () => {
    const files = ['contracts', 'pipelines', 'handlers', 'infra'].flatMap(sources);
    const readers = files.filter((file) => own.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(readers).toEqual(['contracts/reading.ts']);
  });

  it('of the table are unmarshalled by pipelines/dynamodb/unmarshal.ts alone, by one rule', () => {
    const files = ['contracts', 'pipelines', 'handlers', 'infra'].flatMap(sources);
    expect(files.filter((file) => /\bunmarshall\b/.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });
});
