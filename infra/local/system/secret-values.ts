import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretValues } from '../lambda/function-environment.ts';
import type { SecretDefinition } from '../plan/secret.ts';

/**
 * Generates the secrets. With a data folder, they are kept in it, and only its owner can read them. What was signed with them then
 * stays valid after a restart.
 */
export const secretValues = (
  secrets: readonly SecretDefinition[],
  dataDir: string | undefined,
): SecretValues =>
  new Map(
    secrets.map((secret) => [
      secret.arn,
      dataDir === undefined ? generate(secret) : kept(secret, join(dataDir, 'secrets')),
    ]),
  );

function kept(secret: SecretDefinition, folder: string): string {
  const file = join(folder, secret.logicalId);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const value = generate(secret);
  // In one step, so that a process that is killed leaves a complete secret.
  const partial = `${file}.partial`;
  writeFileSync(partial, value, { mode: 0o600 });
  renameSync(partial, file);
  return value;
}

const generate = ({ length }: SecretDefinition): string =>
  randomBytes(length).toString('hex').slice(0, length);
