import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  keepStackRelease,
  lastStackRelease,
  releasedChanges,
  type StackState,
} from '../../../infra/deploy-check/released/released-changes.mjs';

const TABLE = {
  type: 'AWS::DynamoDB::Table',
  deletionPolicy: 'Retain',
  updateReplacePolicy: 'Retain',
  fixed: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] },
  keys: { table: ['HASH pk S'], GSI1: ['HASH status S'] },
};
const QUEUE = { type: 'AWS::SQS::Queue', fixed: { QueueName: 'orders' } };

const stackOf = (
  stateful: StackState['stateful'] = { Table: TABLE, Queue: QUEUE },
  alarms: StackState['alarms'] = { LagAlarm: ['IteratorAge'] },
  file = 'infra/template.yaml',
): StackState => ({ file, stateful, alarms });
const RELEASE = { version: '1.0.0', accepted: {}, stacks: [stackOf()] };
const changed = (table: Partial<StackState['stateful'][string]>) =>
  releasedChanges(RELEASE, [stackOf({ Table: { ...TABLE, ...table }, Queue: QUEUE })]);

describe('stacks beside those of the last release', () => {
  it('are no finding where they are the same, or have more', () => {
    const more = stackOf({ Table: TABLE, Queue: QUEUE, Bucket: { type: 'AWS::S3::Bucket' } });
    expect(releasedChanges(RELEASE, [more, stackOf({}, {}, 'infra/new.yaml')])).toEqual([]);
  });

  it('are found where a resource is gone, also into another stack', () => {
    const stacks = [stackOf({ Table: TABLE }), stackOf({ Queue: QUEUE }, {}, 'infra/consumers.yaml')];
    expect(releasedChanges(RELEASE, stacks)).toEqual(['infra/template.yaml: Queue is deleted']);
  });

  it('are found where a stack is gone', () => {
    expect(releasedChanges(RELEASE, [])).toEqual([
      'infra/template.yaml: Table is deleted',
      'infra/template.yaml: Queue is deleted',
      'No alarm watches IteratorAge',
    ]);
  });

  it.each([
    [
      'another type',
      { type: 'AWS::DynamoDB::GlobalTable' },
      'is replaced: it becomes AWS::DynamoDB::GlobalTable',
    ],
    ['a condition', { condition: 'HasTable' }, 'is made under the condition HasTable'],
    ['another value of what is fixed', { fixed: { KeySchema: [] } }, 'is replaced: its KeySchema changes'],
    ['a name', { fixed: { ...TABLE.fixed, TableName: 'orders' } }, 'is replaced: its TableName changes'],
    ['no index', { keys: { table: TABLE.keys.table } }, 'loses its index GSI1'],
    ['another key of an index', { keys: { ...TABLE.keys, GSI1: ['HASH day S'] } }, 'has other keys in GSI1'],
    ['no DeletionPolicy', { deletionPolicy: 'Delete' }, 'loses its DeletionPolicy Retain'],
    ['no UpdateReplacePolicy', { updateReplacePolicy: 'Delete' }, 'loses its UpdateReplacePolicy Retain'],
  ])('are found where a table has %s', (_, table, change) => {
    expect(changed(table)).toEqual([`infra/template.yaml: Table ${change}`]);
  });

  it('are found where no alarm watches what one watched', () => {
    const resources = { Table: TABLE, Queue: QUEUE };
    for (const alarms of [{}, { LagAlarm: ['Errors'] }])
      expect(releasedChanges(RELEASE, [stackOf(resources, alarms)])).toEqual([
        'No alarm watches IteratorAge',
      ]);
  });

  it('are no finding where another alarm watches it, also in another stack', () => {
    const alarms = { Consumers: ['Errors', 'IteratorAge'] };
    const moved = [stackOf({ Table: TABLE, Queue: QUEUE }, {}), stackOf({}, alarms, 'infra/alarms.yaml')];
    expect(releasedChanges(RELEASE, moved)).toEqual([]);
  });

  it('are no finding where the change is accepted, and one where it is not made', () => {
    const accepted = { 'infra/template.yaml: Queue is deleted': 'It was an example.' };
    expect(releasedChanges({ ...RELEASE, accepted }, [stackOf({ Table: TABLE })])).toEqual([]);
    expect(releasedChanges({ ...RELEASE, accepted }, [stackOf()])).toEqual([
      'Accepted, and not so: infra/template.yaml: Queue is deleted',
    ]);
  });
});

it('accepts no change that is not written out, so that a later one like it is found', () => {
  const accepted = { 'No alarm watches *': 'They are joined.' };
  expect(releasedChanges({ ...RELEASE, accepted }, [stackOf(undefined, {})])).toEqual([
    'No alarm watches IteratorAge',
    'Accepted, and not so: No alarm watches *',
  ]);
});

describe('a release', () => {
  function folderOf(): string {
    const folder = mkdtempSync(join(tmpdir(), 'releases-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  it('is the last one by its number', () => {
    const folder = folderOf();
    for (const version of ['0.9.0', '0.10.0']) keepStackRelease(version, [stackOf()], folder);
    expect(lastStackRelease(folder)).toEqual({ version: '0.10.0', accepted: {}, stacks: [stackOf()] });
  });

  it('is kept once', () => {
    const folder = folderOf();
    expect(keepStackRelease('1.0.0', [stackOf()], folder)).toBe(true);
    expect(keepStackRelease('1.0.0', [stackOf()], folder)).toBe(true);
    expect(keepStackRelease('1.0.0', [stackOf({})], folder)).toBe(false);
    expect(lastStackRelease(folder).stacks).toEqual([stackOf()]);
  });
});
