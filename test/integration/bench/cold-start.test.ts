import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { codeFolder } from '../../../infra/local/lambda/bundle.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { type ColdStart, measureColdStart } from '../../bench/cold-start.ts';

let starts: readonly ColdStart[];
beforeAll(async () => {
  starts = await measureColdStart(1, 0);
});

it('each function of the API starts and responds beside its plain handler, whatever it writes to its log', () => {
  const responded = starts.map(({ logicalId, answered }) => [logicalId, answered !== undefined]);
  expect(Object.fromEntries(responded)).toEqual({
    UsersFunction: true,
    OrdersFunction: true,
    ProductsFunction: true,
    AccountsFunction: true,
    SearchFunction: true,
    OperatorsFunction: true,
  });
});

it.each(['users', 'operators'])(
  'the bundle of %s has no credentials but those of the environment',
  (name) => {
    const module = join(PROJECT_ROOT, codeFolder(`handlers/api/${name}.ts`), `handlers/api/${name}.mjs`);
    const text = readFileSync(module, 'utf8');
    expect(text).toContain('AWS_SESSION_TOKEN');
    expect(text).not.toMatch(/sso_session|AssumeRoleWithWebIdentity/);
  },
);
