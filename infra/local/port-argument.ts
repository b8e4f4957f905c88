import { InvalidArgumentError } from 'commander';

const PORT_MAX = 65_535;

/** A port of a command line; 0 is any free one. @throws InvalidArgumentError */
export function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new InvalidArgumentError(`It must be 0 to ${PORT_MAX}.`);
}
