import { InvalidArgumentError } from 'commander';

const PORT_MAX = 65_535;

/** A port of a command line; 0 means any free port. @throws InvalidArgumentError */
export function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text);
  throw new InvalidArgumentError(`It must be a port from 0 to ${PORT_MAX}.`);
}
