import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const LENGTH_MAX = 300;

/** What a page may say of an error: its first line, without a folder of this machine. */
export function messageOf(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? `${error.name}: ${error.message}` : error).split('\n');
  return line.replaceAll(PROJECT_ROOT, '').slice(0, LENGTH_MAX);
}
