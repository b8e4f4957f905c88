import { type SpawnOptions, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { OrderStreamError } from '../../pipelines/errors.ts';

/** A program that a deployment needs is not on the PATH. */
export class ProgramMissingError extends OrderStreamError {
  readonly code = 'program-missing';
  readonly remedy =
    'Install the AWS SAM CLI (pip install aws-sam-cli, or https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html).';
}

/** A program ended with an error, which it has printed. */
export class ProgramFailedError extends OrderStreamError {
  readonly code = 'program-failed';
  readonly remedy = 'See what it printed, and docs/deploy.md.';
  /** Its exit status; `null` where a signal ended it. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

/** Runs programs in one folder. */
export interface Programs {
  /** Runs a program with the terminal as its own, so that it can ask. @throws ProgramMissingError; ProgramFailedError. */
  run(program: string, args: readonly string[]): Promise<void>;
  /** Returns what a program prints. @throws ProgramMissingError; ProgramFailedError. */
  output(program: string, args: readonly string[]): Promise<string>;
}

/** Programs of this machine, by the PATH of `env`. */
export function programsIn(cwd: string, env: NodeJS.ProcessEnv = process.env): Programs {
  const start = (program: string, args: readonly string[], stdio: SpawnOptions['stdio']) => {
    const child = spawn(program, args, { cwd, env, stdio: stdio ?? 'inherit' });
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new ProgramMissingError(`${program} does not run on this machine`, { cause })),
      );
      child.once('close', (status) => {
        if (status === 0) resolve();
        else
          reject(
            new ProgramFailedError(
              `${[program, ...args.slice(0, 2)].join(' ')} ended with ${status ?? 'a signal'}`,
              status,
            ),
          );
      });
    });
    return { child, ended };
  };
  return {
    run: (program, args) => start(program, args, 'inherit').ended,
    async output(program, args) {
      const { child, ended } = start(program, args, ['ignore', 'pipe', 'inherit']);
      const [printed] = await Promise.all([child.stdout === null ? '' : text(child.stdout), ended]);
      return printed;
    },
  };
}
