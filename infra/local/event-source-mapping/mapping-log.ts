/** Where a mapping tells what an operator should know; `console` is one. No entry holds an item's attributes. */
export interface MappingLog {
  info(message: string, attributes: Readonly<Record<string, unknown>>): void;
  warn(message: string, attributes: Readonly<Record<string, unknown>>): void;
  error(message: string, attributes: Readonly<Record<string, unknown>>): void;
}

/** The same log with attributes that every entry bears. */
export function withAttributes(log: MappingLog, attributes: Readonly<Record<string, unknown>>): MappingLog {
  return {
    info: (message, more) => log.info(message, { ...attributes, ...more }),
    warn: (message, more) => log.warn(message, { ...attributes, ...more }),
    error: (message, more) => log.error(message, { ...attributes, ...more }),
  };
}
