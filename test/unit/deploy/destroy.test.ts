import { describe, expect, it } from 'vitest';
import { destroy } from '../../../infra/deploy/destroy.ts';
import { deletionCommands, retainedResources } from '../../../infra/deploy/retained.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { fakeSam } from './fake-sam.ts';

const template = readTemplate();
const physicalIds = new Map(
  Object.entries(template.Resources).map(([logicalId, { Type }]) => [
    logicalId,
    Type === 'AWS::SQS::Queue'
      ? `https://sqs.eu-central-1.amazonaws.com/0/${logicalId}`
      : Type === 'AWS::SNS::Topic'
        ? `arn:aws:sns:eu-central-1:123456789012:${logicalId}`
        : `stack-${logicalId}`,
  ]),
);
const environment = { name: 'dev', stackName: 'order-stream-dev', parameters: {} };

async function destroyed(isConfirmed: boolean, failing: readonly string[] = [], isThere = false) {
  const deployed = [...physicalIds].filter(([logicalId]) => !logicalId.startsWith('OrderMails'));
  const sam = fakeSam({ '--version': 'SAM CLI' }, failing);
  const said: string[] = [];
  const deletion = {
    environment,
    confirm: async () => isConfirmed,
    resources: async () => new Map(deployed),
    isThere: async () => isThere,
    region: 'eu-west-1',
    profile: 'shop',
  };
  const result = await destroy(deletion, template, sam.programs, (line) => said.push(line)).catch(
    (error: unknown) => error,
  );
  return { result, said, calls: sam.calls() };
}

describe('the deletion of a stack', () => {
  it('asks before it deletes', async () => {
    const { result, calls, said } = await destroyed(false);
    expect(result).toBe(false);
    expect(calls.filter((call) => call.startsWith('sam delete'))).toEqual([]);
    expect(said.at(-1)).toBe('Nothing was deleted.');
  });

  it('deletes after a yes', async () => {
    const { result, calls } = await destroyed(true);
    expect(result).toBe(true);
    expect(calls.at(-1)).toBe(
      'sam delete --no-prompts --stack-name order-stream-dev --region eu-west-1 --profile shop',
    );
  });

  it('says what remains, that a new stack starts empty, and what a failed creation leaves, before it asks', async () => {
    const { said } = await destroyed(false);
    const text = said.slice(0, -1).join('\n');
    expect(text).toMatch(/there remain: .*of AWS::DynamoDB::Table.*of AWS::S3::Bucket/);
    expect(text).toContain('starts with an empty table');
    expect(text).toContain('A first creation that fails leaves Table');
  });

  it('prints the commands for what was deployed, with its region and profile', async () => {
    const { said } = await destroyed(false);
    const place = '--region eu-west-1 --profile shop';
    expect(said).toContain(`  aws s3 rm s3://stack-ImportBucket --recursive ${place}`);
    expect(said).toContain(`  aws s3api delete-bucket --bucket stack-ImportBucket ${place}`);
    expect(said).toContain(`  aws dynamodb delete-table --table-name stack-Table ${place}`);
    expect(said.filter((line) => line.includes('stack-OrderMails'))).toEqual([]);
  });

  it('names the log of failed deliveries, which no template makes, and how to delete it', async () => {
    const { said } = await destroyed(false);
    const deletes = said.filter((line) => line.includes('delete-log-group') && line.includes('Failure'));
    expect(deletes).toEqual([
      '  aws logs delete-log-group --log-group-name sns/eu-central-1/123456789012/OrderTopic/Failure --region eu-west-1 --profile shop',
    ]);
    expect(said.join('\n')).toContain('SNS made that log, if a delivery has failed');
  });

  it('reports a stack that SAM left, and does not call it deleted', async () => {
    const { result, said } = await destroyed(true, [], true);
    expect(result).toMatchObject({ code: 'not-deleted', message: 'order-stream-dev is still there' });
    expect(said.join('\n')).not.toContain('is deleted');
  });

  it('reports that SAM failed', async () => {
    const { result } = await destroyed(true, ['delete']);
    expect(result).toMatchObject({ code: 'program-failed' });
  });
});

describe('what remains of a stack', () => {
  const retained = retainedResources(template, physicalIds);

  it('is what holds data, and the log that says why a creation failed', () => {
    const types = Map.groupBy(retained, ({ type }) => type);
    expect([...types].map(([type, those]) => [type, those.length]).toSorted()).toEqual([
      ['AWS::DynamoDB::Table', 3],
      ['AWS::Logs::LogGroup', 1],
      ['AWS::S3::Bucket', 3],
      ['AWS::SQS::Queue', 6],
    ]);
  });

  it.each(retained)('can be deleted by commands: $logicalId', (resource) => {
    const commands = deletionCommands(resource, {});
    expect(commands.join('\n')).toContain(resource.physicalId);
    expect(commands.filter((command) => !command.startsWith('aws '))).toEqual([]);
  });

  it('is quoted for the shell', () => {
    const [queue] = deletionCommands(
      { logicalId: 'Q', type: 'AWS::SQS::Queue', physicalId: "https://sqs/0/a'b c" },
      { profile: 'my shop' },
    );
    expect(queue).toBe(`aws sqs delete-queue --queue-url 'https://sqs/0/a'\\''b c' --profile 'my shop'`);
  });
});
