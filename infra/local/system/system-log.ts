import type { MappingLog } from '../event-source-mapping/activity.ts';

/** Takes what the parts, the functions and the mappings print, line by line. */
export type SystemLog = (source: string, line: string) => void;

/** The source of what the system says of itself, such as that a part has gone. */
export const SYSTEM_SOURCE = 'system';

/** A mapping's log as lines of the system's. */
export function mappingLog(log: SystemLog, source: string): MappingLog {
  const write =
    (level: string) =>
    (message: string, attributes: Readonly<Record<string, unknown>>): void =>
      log(source, `${level} ${message} ${JSON.stringify(attributes, withReadableErrors)}`);
  return { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
}

const withReadableErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message } : value;
