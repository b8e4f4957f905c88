import { describe, expect, it } from 'vitest';
import { requireCompatible } from '../../../infra/contract-tooling/compatible-release.ts';
import { lastRelease } from '../../../infra/contract-tooling/releases.ts';

const last = lastRelease();
const text = last?.text ?? '';
const broken = text.replaceAll('"order.placed"', '"order.renamed"');

describe('a contract that is to be kept', () => {
  it('may break that of the last release under a higher major version alone', () => {
    for (const version of ['0.3.0', '0.10.1'])
      expect(() => requireCompatible({ version, text: broken }, last)).toThrow(
        expect.objectContaining({
          code: 'breaking-release',
          message: expect.stringContaining('order.placed'),
        }),
      );
    expect(() => requireCompatible({ version: '1.0.0', text: broken }, last)).not.toThrow();
  });

  it('may be the same one, or the first', () => {
    expect(() => requireCompatible({ version: '0.3.0', text }, last)).not.toThrow();
    expect(() => requireCompatible({ version: '0.3.0', text: broken }, undefined)).not.toThrow();
  });
});
