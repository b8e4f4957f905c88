import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { toPort } from '../../../infra/local/machine/port-argument.ts';

it.each([
  ['0', 0],
  ['8080', 8_080],
  ['65535', 65_535],
])('the port %s is taken', (text, port) => {
  expect(toPort(text)).toBe(port);
});

it.each(['', ' ', '65536', '-1', '1.5', '1e3', '0x50', ' 80', 'http'])('the port "%s" is refused', (text) => {
  expect(() => toPort(text)).toThrow(InvalidArgumentError);
});
