import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

/** A document has a reference without a target, or a circular one. */
export class UnreadableContractError extends OrderStreamError {
  readonly code = 'unreadable-contract';
  readonly remedy =
    'Generate contracts/asyncapi.json again with `npm run asyncapi`. Restore the document of a release from the repository.';
}

/** The version in package.json was already released, with another contract or other stacks. */
export class AlreadyReleasedError extends OrderStreamError {
  readonly code = 'already-released';
  readonly remedy =
    'Raise the version in package.json, run `npm run asyncapi`, and then run this command again.';
}

const RELEASES = join(PROJECT_ROOT, 'contracts', 'releases');
const DOCUMENT = 'asyncapi.json';

/** The contract of a release. */
export interface Release {
  readonly version: string;
  /** Its AsyncAPI document. */
  readonly text: string;
}

/** All releases, the highest version last. */
export const releases = (folder = RELEASES): readonly Release[] =>
  globSync(join('*', DOCUMENT), { cwd: folder })
    .map(dirname)
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((version) => ({ version, text: readFileSync(fileOf(folder, version), 'utf8') }));

/** The release with the highest version, or `undefined` before the first. */
export const lastRelease = (folder = RELEASES): Release | undefined => releases(folder).at(-1);

/** A version has one contract. @throws AlreadyReleasedError */
export function requireOneContract({ version, text }: Release, folder = RELEASES): void {
  const file = fileOf(folder, version);
  if (existsSync(file) && readFileSync(file, 'utf8') !== text)
    throw new AlreadyReleasedError(`Version ${version} was released with another contract`);
}

/** Keeps the contract of a release, so that later ones are compared with it. @throws AlreadyReleasedError. */
export function keepRelease({ version, text }: Release, folder = RELEASES): void {
  requireOneContract({ version, text }, folder);
  const file = fileOf(folder, version);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const fileOf = (folder: string, version: string): string => join(folder, version, DOCUMENT);
