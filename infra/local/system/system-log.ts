import type { MappingLog } from '../event-source-mapping/activity.ts';

/** Receives the output of the parts, the functions and the mappings, line by line. */
export type SystemLog = (source: string, line: string) => void;

/** The source of the system's own messages, for example that a part has ended. */
export const SYSTEM_SOURCE = 'system';

/** A mapping's log, written to the system's log. */
export function mappingLog(log: SystemLog, source: string): MappingLog {
  const write =
    (level: string) =>
    (message: string, attributes: Readonly<Record<string, unknown>>): void =>
      log(source, `${level} ${message} ${JSON.stringify(attributes, withReadableErrors)}`);
  return { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
}

const withReadableErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message } : value;
