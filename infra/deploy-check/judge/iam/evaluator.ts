import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { parseJson } from '../../../../contracts/reading.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../../local/machine/region.ts';
import { DeployCheckError } from '../../deploy-check-error.ts';
import { pythonTools } from '../../python.ts';
import type { AwsCall } from './aws-call.ts';
import type { ResourceStatement } from './resource-policies.ts';
import type { Grant } from './roles.ts';

const Verdict = z.object({
  /** Ids of the grants that each allow the call on their own. */
  allowing: z.array(z.string()),
  isDenied: z.boolean(),
});
/** What IAM says of one call by one role. */
export type Verdict = z.infer<typeof Verdict>;

export const isAllowed = ({ allowing, isDenied }: Verdict): boolean => allowing.length > 0 && !isDenied;

/** Who makes calls. */
export interface Principal {
  /** `null` for a service. */
  readonly arn: string | null;
  readonly grants: readonly Pick<Grant, 'id' | 'statement'>[];
}

/** Judges calls by the policies of principals and resources. */
export interface Evaluator extends AsyncDisposable {
  /** What IAM says of a call by the principal of that name. */
  evaluate(principal: string, call: AwsCall): Promise<Verdict>;
}

/**
 * Starts ministack's evaluator of IAM policies: actions, resources, conditions, and an explicit Deny before any Allow, also in the
 * policy of a resource. It ends with this process.
 *
 * @throws PythonToolsError when it cannot be installed.
 */
export function startEvaluator(
  principals: ReadonlyMap<string, Principal>,
  resources: readonly ResourceStatement[],
): Evaluator {
  const { bin, env } = pythonTools();
  const child = spawn(join(bin, 'python'), [join(import.meta.dirname, 'evaluate.py')], {
    env,
    stdio: 'pipe',
  });
  const waiting: ((line: string | undefined) => void)[] = [];
  const ended = text(child.stderr);
  createInterface(child.stdout)
    .on('line', (line) => waiting.shift()?.(line))
    .on('close', () => {
      for (const resolve of waiting.splice(0)) resolve(undefined);
    });
  // An evaluator that has ended closes the pipe; what it is asked then gets no verdict.
  child.stdin.on('error', () => undefined);
  const ask = (value: unknown): boolean => child.stdin.write(`${JSON.stringify(value)}\n`);
  const denying = resources.filter(({ Effect, Principal }) => Effect === 'Deny' && Principal === '*');
  ask({
    account: LOCAL_ACCOUNT_ID,
    region: LOCAL_REGION,
    principals: Object.fromEntries(principals),
    denying,
  });
  return {
    async evaluate(principal, call) {
      const line = await new Promise<string | undefined>((resolve) => {
        waiting.push(resolve);
        if (child.exitCode === null) ask({ principal, ...call });
        else resolve(undefined);
      });
      if (line === undefined)
        throw new DeployCheckError('emulator-failed', `The evaluator of IAM ended: ${await ended}`);
      return parseJson(Verdict, line);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
