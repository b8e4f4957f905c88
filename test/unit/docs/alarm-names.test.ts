import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';

const resources = Object.entries(readTemplate().Resources);
const alarms = resources.flatMap(([name, { Type }]) => (Type === 'AWS::CloudWatch::Alarm' ? [name] : []));
/** What the names of alarms end with: Failing, Stale, NotEmpty and the like. */
const endings = [...new Set(alarms.map((name) => /(?:Not)?[A-Z][a-z]+$/.exec(name)?.[0] ?? name))];
const ALARM_NAME = new RegExp(`\`([A-Z][a-z]\\w*(?:${endings.join('|')}))\``, 'g');

/** The decisions and the changelog have the names of their time. */
const pages = globSync(['docs/*.md', 'docs/{how-to,lab}/*.md'], { cwd: PROJECT_ROOT }).toSorted();

it('no page names an alarm that is not there', () => {
  const named = pages.flatMap((page) =>
    [...readFileSync(join(PROJECT_ROOT, page), 'utf8').matchAll(ALARM_NAME)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(alarms.length);
  // Some resources end as alarms do.
  expect(named.filter((name) => !resources.some(([logicalId]) => logicalId === name))).toEqual([]);
});
