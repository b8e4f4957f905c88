import { createHash } from 'node:crypto';

const LENGTH = 16;

/**
 * What stands for a user where a log must not name them. A person who knows the id can find it. It is no anonymity: ids are not
 * secret.
 */
export const pseudonymOf = (userId: string): string =>
  `sha256:${createHash('sha256').update(userId).digest('hex').slice(0, LENGTH)}`;
