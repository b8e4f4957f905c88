import * as z from 'zod';
import { parse } from '../../../../contracts/reading.ts';
import { LOCAL_ACCOUNT_ID } from '../../../local/machine/region.ts';
import { resolve, type Scope } from '../../../local/template/intrinsics.ts';
import type { TranslatedTemplate } from '../../translate.ts';
import { arnOf } from './aws-call.ts';

const TYPES = ['AWS::SQS::QueuePolicy', 'AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy'];
const Statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.object({ Service: z.string() })]),
  Action: z.array(z.string()).min(1),
  Resource: z.union([z.string(), z.array(z.string())]),
  Condition: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])))
    .default({}),
});
const Policy = z.object({ PolicyDocument: z.object({ Statement: z.array(Statement).min(1) }) });

/** A statement in the policy of a queue, a bucket or a topic. */
export interface ResourceStatement extends z.infer<typeof Statement> {
  /** The logical id of the policy. */
  readonly policy: string;
}

/**
 * The statements of the policies that queues, buckets and topics have, as `scope` gives their references.
 *
 * @throws InvalidValueError for a principal that is neither a service nor everybody: this check would not know who it is.
 */
export function resourceStatements(
  { Resources }: TranslatedTemplate,
  scope: Scope,
): readonly ResourceStatement[] {
  const known = withRoleArns(Resources, scope);
  return Object.entries(Resources).flatMap(([policy, { Type, Condition, Properties }]) =>
    TYPES.includes(Type) && (Condition === undefined || scope.condition(Condition))
      ? parse(Policy, resolve(Properties, known)).PolicyDocument.Statement.map((one) => ({ ...one, policy }))
      : [],
  );
}

/** The ARN of a role that a template makes, with its path as `scope` gives its references. */
export function roleArnOf(
  { Resources }: Pick<TranslatedTemplate, 'Resources'>,
  logicalId: string,
  scope: Scope,
): string {
  const { Path = '/' } = Resources[logicalId]?.Properties ?? {};
  const path = parse(z.string(), resolve(Path, scope));
  return `arn:aws:iam::${LOCAL_ACCOUNT_ID}:role${path}${logicalId}`;
}

/** Roles that SAM makes and rules are in no template of this machine. */
function withRoleArns(Resources: TranslatedTemplate['Resources'], scope: Scope): Scope {
  return {
    ref: (name) => scope.ref(name),
    condition: (name) => scope.condition(name),
    getAtt(logicalId, attribute) {
      const type = Resources[logicalId]?.Type;
      if (type === 'AWS::IAM::Role' && attribute === 'Arn') return roleArnOf({ Resources }, logicalId, scope);
      if (type === 'AWS::Events::Rule' && attribute === 'Arn') return arnOf('events', `rule/${logicalId}`);
      return scope.getAtt(logicalId, attribute);
    },
  };
}
