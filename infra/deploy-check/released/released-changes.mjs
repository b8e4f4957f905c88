// Compares the stacks with those of the last release: what an update of a deployed stack would lose.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const RELEASES = resolve(dirname(fileURLToPath(import.meta.url)), '../../releases');
const KEEPING = ['Retain', 'RetainExceptOnCreate', 'Snapshot'];

/** The release with the highest version. */
export function lastStackRelease(folder = RELEASES) {
  const [last] = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  if (last === undefined)
    throw new Error('There is no release in infra/releases. Restore it from the repository.');
  return JSON.parse(readFileSync(join(folder, last), 'utf8'));
}

/** Keeps what of the stacks must outlive later releases. Returns whether it did: a version is kept once, unless it is the same. */
export function keepStackRelease(version, stacks, folder = RELEASES) {
  const file = join(folder, `${version}.json`);
  const kept = stacks.map(({ file: stack, stateful, alarms }) => ({ file: stack, stateful, alarms }));
  if (existsSync(file)) return isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')).stacks, kept);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ version, accepted: {}, stacks: kept }, undefined, 1)}\n`);
  return true;
}

/**
 * What an update from the release would lose or replace, and accepted changes that are none. Each stack is compared with itself: a resource that
 * moves into another stack is deleted from its own. The alarms of all stacks are compared together.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
 */
export function releasedChanges({ stacks: released, accepted }, stacks) {
  const resources = released.flatMap(({ file, stateful }) => {
    const now = stacks.find((stack) => stack.file === file) ?? { stateful: {} };
    return [
      ...Object.entries(stateful).flatMap(([name, old]) =>
        resourceChanges(old, now.stateful[name]).map((change) => `${file}: ${name} ${change}`),
      ),
    ];
  });
  const found = [...resources, ...alarmChanges(released, stacks)];
  return [
    ...found.filter((change) => !Object.hasOwn(accepted, change)),
    ...Object.keys(accepted)
      .filter((one) => !found.includes(one))
      .map((one) => `Accepted, and not so: ${one}`),
  ];
}

function resourceChanges(old, now) {
  if (now === undefined) return ['is deleted'];
  if (now.type !== old.type) return [`is replaced: it becomes ${now.type}`];
  return [
    ...(now.condition === old.condition ? [] : [`is made under the condition ${now.condition ?? 'of none'}`]),
    ...propertyChanges(old.fixed ?? {}, now.fixed ?? {}),
    ...keyChanges(old.keys ?? {}, now.keys ?? {}),
    ...policyChange('DeletionPolicy', old.deletionPolicy, now.deletionPolicy),
    ...policyChange('UpdateReplacePolicy', old.updateReplacePolicy, now.updateReplacePolicy),
  ];
}

/** A table's own keys are properties of it too. */
const propertyChanges = (old, now) =>
  [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => `is replaced: its ${name} changes`);

const keyChanges = (old, now) =>
  Object.entries(old).flatMap(([name, keys]) => {
    if (now[name] === undefined) return [`loses its index ${name}`];
    return JSON.stringify(now[name]) === JSON.stringify(keys) ? [] : [`has other keys in ${name}`];
  });

const policyChange = (name, old, now) =>
  KEEPING.includes(old) && !KEEPING.includes(now) ? [`loses its ${name} ${old}`] : [];

/** An alarm may have another name, or be one with others, as long as some alarm watches what it watched. */
function alarmChanges(released, stacks) {
  const watched = (all) => new Set(all.flatMap(({ alarms }) => Object.values(alarms).flat()));
  const now = watched(stacks);
  return [...watched(released)]
    .filter((metric) => !now.has(metric))
    .map((metric) => `No alarm watches ${metric}`);
}
