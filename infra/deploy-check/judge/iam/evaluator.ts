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
import type { GrantsByRole } from './roles.ts';

const Verdict = z.object({
  /** Ids of the grants that each allow the call on their own. */
  allowing: z.array(z.string()),
  isDenied: z.boolean(),
});
/** What IAM says of one call by one role. */
export type Verdict = z.infer<typeof Verdict>;

export const isAllowed = ({ allowing, isDenied }: Verdict): boolean => allowing.length > 0 && !isDenied;

/** Judges calls by the policies of roles. */
export interface Evaluator extends AsyncDisposable {
  evaluate(role: string, call: AwsCall): Promise<Verdict>;
}

/**
 * Starts ministack's evaluator of IAM policies: actions, resources, conditions, and an explicit Deny before any Allow. It ends with this
 * process.
 *
 * @throws PythonToolsError when it cannot be installed.
 */
export function startEvaluator(roles: GrantsByRole): Evaluator {
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
  ask({ account: LOCAL_ACCOUNT_ID, region: LOCAL_REGION, roles: Object.fromEntries(roles) });
  return {
    async evaluate(role, call) {
      const line = await new Promise<string | undefined>((resolve) => {
        waiting.push(resolve);
        if (child.exitCode === null) ask({ role, ...call });
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
