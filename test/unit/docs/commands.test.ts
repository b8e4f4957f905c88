import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const FOLDER = join(PROJECT_ROOT, 'docs');
const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));

/** Commands for what a parameter of the template sets: the next deployment would set it back. */
const BESIDE_THE_TEMPLATE = ['aws opensearch update-domain-config', 'aws cloudformation update-stack'];

it.each(pages)('%s changes by a deployment what a parameter sets', (page) => {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  expect(BESIDE_THE_TEMPLATE.filter((command) => text.includes(command))).toEqual([]);
});

/** CloudFormation compares templates, not what is there: such a deployment changes nothing, and succeeds. */
const SAME_DEPLOYMENT =
  /deploy(?:s|ed)? (?:the|a) (?:stack|(?:same|present|current) (?:version|template)) again/i;

it('no page and no remedy repairs a stack by a deployment of what is deployed', () => {
  const files = globSync(['docs/**/*.md', '{pipelines,handlers,infra/ops}/**/*.ts'], { cwd: PROJECT_ROOT });
  expect(files.length).toBeGreaterThan(pages.length);
  const text = (file: string) => readFileSync(join(PROJECT_ROOT, file), 'utf8');
  expect(files.filter((file) => SAME_DEPLOYMENT.test(text(file)))).toEqual([]);
});

it.each(pages)('%s moves an alias with its weights, which would stay without them', (page) => {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  const moves = text.match(/aws lambda update-alias .*--function-version.*/g) ?? [];
  expect(moves.filter((move) => !move.includes("--routing-config 'AdditionalVersionWeights={}'"))).toEqual(
    [],
  );
});
