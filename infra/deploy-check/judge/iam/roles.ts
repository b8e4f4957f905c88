import * as z from 'zod';
import { parse } from '../../../../contracts/reading.ts';
import { resolve, type Scope } from '../../../local/template/intrinsics.ts';
import type { TranslatedTemplate } from '../../translate.ts';

const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.array(schema), schema.transform((one) => [one])]);
const Statement = z.looseObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: listOf(z.string()),
  Resource: listOf(z.string()),
});
const Role = z.object({
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: listOf(Statement) }) })).default([]),
});
const RoleOf = z.object({ Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }) });

/** One action on one resource, out of a statement. Its id says which. */
export interface Grant {
  readonly id: string;
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  readonly action: string;
  readonly resource: string;
  readonly statement: unknown;
}

/** The logical id of the role that a function has. @throws InvalidValueError for a role that is none of the template's. */
export const roleOf = (functionProperties: unknown): string =>
  parse(RoleOf, functionProperties).Role['Fn::GetAtt'][0];

/** The grants of each role, by the logical id of the function that has it. */
export type GrantsByRole = ReadonlyMap<string, readonly Grant[]>;

/**
 * What each function's own role grants, in the translated template as `scope` gives its references. The managed policies that SAM adds are not
 * among them: the calls that they are for, of logs and traces, leave no function's code.
 *
 * @throws InvalidValueError for a function whose role is none of the template's, or a policy that grants by NotAction or NotResource.
 */
export function functionRoles({ Resources }: TranslatedTemplate, scope: Scope): GrantsByRole {
  const functions = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  const present = functions.filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  return new Map(
    present.map(([logicalId, { Properties }]) => [
      logicalId,
      grantsOf(Resources[roleOf(Properties)]?.Properties, scope),
    ]),
  );
}

/** The grants of one role's own policies. */
export function grantsOf(role: unknown, scope: Scope): readonly Grant[] {
  const { Policies } = parse(Role, resolve(role, scope));
  const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  return statements.flatMap(({ Sid = 'Unnamed', Effect, Action, Resource, ...rest }) =>
    Action.flatMap((action) =>
      Resource.map((resource) => ({
        id: `${Sid}: ${action} on ${resource}`,
        sid: Sid,
        effect: Effect,
        action,
        resource,
        statement: { ...rest, Sid, Effect, Action: action, Resource: resource },
      })),
    ),
  );
}
