import { describe, expect, it } from 'vitest';
import {
  LIMIT_SHARE,
  nearLimits,
  STACK_LIMITS,
  type StackSize,
} from '../../../infra/scripts/stack-limits.mjs';

const MOST: StackSize = {
  file: 'template.yaml',
  resources: STACK_LIMITS.resources * LIMIT_SHARE,
  parameters: STACK_LIMITS.parameters * LIMIT_SHARE,
  outputs: STACK_LIMITS.outputs * LIMIT_SHARE,
  bytes: STACK_LIMITS.bytes * LIMIT_SHARE,
};

describe('limits of a stack', () => {
  it('passes a stack that uses its share of each limit', () => {
    expect(nearLimits(MOST)).toEqual([]);
  });

  it.each(['resources', 'parameters', 'outputs', 'bytes'] as const)(
    'finds one more of %s than its share',
    (name) => {
      expect(nearLimits({ ...MOST, [name]: MOST[name] + 1 })).toEqual([
        `template.yaml has ${MOST[name] + 1} ${name}, more than 80 % of ${STACK_LIMITS[name]}`,
      ]);
    },
  );
});
