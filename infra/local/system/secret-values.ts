import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretDefinition } from '../template/resources/secret.ts';

/** What the secrets hold, by their ARN. */
export type SecretValues = ReadonlyMap<string, string>;

/**
 * Generates the secrets. Those of a data folder are kept in it, for its owner's eyes only, so that what was signed with them
 * outlives a restart.
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
  // In one step, since a process that is killed half way would leave half a secret.
  const partial = `${file}.partial`;
  writeFileSync(partial, value, { mode: 0o600 });
  renameSync(partial, file);
  return value;
}

const generate = ({ length }: SecretDefinition): string =>
  randomBytes(length).toString('hex').slice(0, length);
