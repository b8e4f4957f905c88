import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { setting } from '../../../infra/ops/commands/dlq/fix.ts';

describe('a value that a fix sets', () => {
  it.each([
    ['total=2500', { total: 2_500 }],
    ['isGift=true', { isGift: true }],
    ['shipTo.state=null', { 'shipTo.state': null }],
    ['lines.0.name="4711"', { 'lines.0.name': '4711' }],
    ['lines.0.name=Oak = chair', { 'lines.0.name': 'Oak = chair' }],
    ['shipTo.state=', { 'shipTo.state': '' }],
    ['sku=12345678901234567890', { sku: '12345678901234567890' }],
  ])('is JSON or text: %s', (text, set) => {
    expect(setting(text)).toEqual(set);
  });

  it('comes beside those before it', () => {
    expect(setting('status=placed', setting('total=1'))).toEqual({ total: 1, status: 'placed' });
  });

  it.each([
    ['without a value', 'total'],
    ['without a path', '=1'],
    ['with a control character in its path', 'a\tb=1'],
    ['with a path of more than 200 characters', `${'a'.repeat(201)}=1`],
    ['with a control character', 'shipTo.name=a\tb'],
    ['with a line break', 'shipTo.name=a\nb'],
    ['with a control character in JSON', 'shipTo.name="a\\tb"'],
    ['of more than 4,096 characters', `shipTo.name=${'a'.repeat(4_097)}`],
    ['of an attribute that no item has', '__proto__=1'],
  ])('is refused %s', (_, text) => {
    expect(() => setting(text)).toThrow(InvalidArgumentError);
  });
});
