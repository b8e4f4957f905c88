import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import manifest from '../../../package.json' with { type: 'json' };

const FOLDER = join(PROJECT_ROOT, '.github', 'workflows');
const Step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  'working-directory': z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.unknown() }),
  jobs: z.record(
    z.string(),
    z.looseObject({
      'timeout-minutes': z.int().positive(),
      permissions: z.record(z.string(), z.string()),
      environment: z.string().optional(),
      steps: z.array(Step),
    }),
  ),
});
const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  return { name, text, workflow: Workflow.parse(parse(text)) };
});
/** `npm run deploy` is a branch of its own until that is merged. */
const SCRIPTS = Object.keys(manifest.scripts);
const stepsOf = ({ jobs }: z.infer<typeof Workflow>) => Object.values(jobs).flatMap(({ steps }) => steps);
const withoutTarget = ({ on }: z.infer<typeof Workflow>) =>
  Object.keys(on).filter((one) => one.endsWith('_target'));

describe('a workflow', () => {
  it.each(workflows)(
    '$name gives its jobs rights one by one, and no job more than it needs',
    ({ workflow }) => {
      expect(workflow.permissions).toEqual({});
      // Only a job of an environment, which may have to be approved, gets a token of its own.
      for (const { permissions, environment } of Object.values(workflow.jobs))
        expect(permissions).toEqual({
          contents: 'read',
          ...(environment !== undefined && { 'id-token': 'write' }),
        });
    },
  );

  it.each(workflows)('$name names each action by a commit, beside its version', ({ text }) => {
    const uses = text.split('\n').filter((line) => line.includes('uses:'));
    expect(uses).not.toEqual([]);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(workflows)('$name has no secret, and puts no expression into a command', ({ text, workflow }) => {
    expect(text).not.toMatch(/secrets\./);
    for (const { run = '' } of stepsOf(workflow)) expect(run).not.toContain('${{');
  });

  it.each(workflows)(
    '$name does not run what a fork brings with rights of this repository',
    ({ workflow }) => {
      expect(withoutTarget(workflow)).toEqual([]);
      for (const { uses = '', with: inputs } of stepsOf(workflow))
        if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
    },
  );

  it.each(workflows)('$name runs scripts that there are', ({ workflow }) => {
    const scripts = stepsOf(workflow).flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:-]+)/g)]);
    for (const [, script = ''] of scripts) expect(SCRIPTS).toContain(script);
  });

  it('that publishes with provenance names the repository in the package before, which npm compares', () => {
    const publishing = workflows.flatMap(({ workflow }) => {
      const steps = stepsOf(workflow);
      const at = steps.findIndex(({ run = '' }) => /^npm publish .*--provenance/.test(run));
      return at < 0 ? [] : [{ before: steps.slice(0, at), run: steps[at]?.run }];
    });
    expect(publishing).toHaveLength(1);
    for (const { before, run } of publishing) {
      expect(before.at(-1)?.run).toContain('"repository.url=git+https://github.com/$GITHUB_REPOSITORY.git"');
      expect(run).toContain(`./${before.at(-1)?.['working-directory']} `);
    }
  });

  it('that takes a role asks for no longer session than SECURITY.md sets up', () => {
    const { text = '' } = workflows.find(({ name }) => name === 'deploy.yml') ?? {};
    const [, seconds = '3600'] = /role-duration-seconds: (\d+)/.exec(text) ?? [];
    const setUp = readFileSync(join(PROJECT_ROOT, 'SECURITY.md'), 'utf8');
    expect(setUp).toContain(`\`MaxSessionDuration\` is ${seconds} seconds`);
  });

  it('that deploys has the SAM CLI that the template is checked with', () => {
    const pins = readFileSync(join(PROJECT_ROOT, 'infra', 'deploy-check', 'released', 'stacks.mjs'), 'utf8');
    const [pin = ''] = /aws-sam-cli==[\d.]+/.exec(pins) ?? [];
    expect(workflows.find(({ name }) => name === 'deploy.yml')?.text).toContain(`pipx install ${pin}\n`);
  });
});
