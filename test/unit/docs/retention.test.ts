import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';

const SECONDS_A_DAY = 86_400;
const page = readFileSync(join(PROJECT_ROOT, 'docs', 'how-to', 'forget-a-user.md'), 'utf8');
const resources = Object.entries(readTemplate().Resources);
const propertiesOf = (type: string): readonly (readonly [string, unknown])[] =>
  resources.flatMap(([name, { Type, Properties }]) => (Type === type ? [[name, Properties] as const] : []));
const Queue = z.looseObject({ MessageRetentionPeriod: z.number() });
const Bucket = z.looseObject({
  LifecycleConfiguration: z.object({
    Rules: z.tuple([z.looseObject({ Status: z.literal('Enabled'), ExpirationInDays: z.number() })]),
  }),
});
/** The rows of "What stays, and until when", by their first cell. */
const daysIn = (row: string): number =>
  Number(new RegExp(`^\\| ${row} \\|[^|]+\\| (\\d+) days`, 'm').exec(page)?.[1]);

describe('how long data of a user stays', () => {
  it.each(propertiesOf('AWS::S3::Bucket'))('in %s is as documented', (name, properties) => {
    const [{ ExpirationInDays }] = Bucket.parse(properties).LifecycleConfiguration.Rules;
    expect(ExpirationInDays).toBe(daysIn(name === 'ImportBucket' ? 'import bucket' : 'dead-letter buckets'));
  });

  it.each(propertiesOf('AWS::SQS::Queue'))('in %s is not longer than documented', (_, properties) => {
    const { MessageRetentionPeriod } = Queue.parse(properties);
    const days = daysIn('dead-letter queues, parking queue');
    expect(days).toBe(daysIn('queues of subscribers and mails'));
    expect(MessageRetentionPeriod).toBeLessThanOrEqual(days * SECONDS_A_DAY);
  });
});
