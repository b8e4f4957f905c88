import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { PROJECT_ROOT } from '../local/project-root.ts';

/** A document whose references cannot be followed. */
export class UnreadableContractError extends OrderStreamError {
  readonly code = 'unreadable-contract';
  readonly remedy =
    'Write contracts/asyncapi.json anew with `npm run asyncapi`; restore what a release kept.';
}

/** The version in package.json was released already, with another contract. */
export class AlreadyReleasedError extends OrderStreamError {
  readonly code = 'already-released';
  readonly remedy = 'Raise the version in package.json, run `npm run asyncapi` and then this again.';
}

const RELEASES = join(PROJECT_ROOT, 'contracts', 'releases');
const DOCUMENT = 'asyncapi.json';

/** What a release told its subscribers. */
export interface Release {
  readonly version: string;
  /** Its AsyncAPI document. */
  readonly text: string;
}

/** The release with the highest version, or `undefined` before the first. */
export function lastRelease(folder = RELEASES): Release | undefined {
  const version = globSync(join('*', DOCUMENT), { cwd: folder })
    .map(dirname)
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1);
  return version === undefined ? undefined : { version, text: readFileSync(fileOf(folder, version), 'utf8') };
}

/** Keeps what a release tells its subscribers, so that later ones are held against it. @throws AlreadyReleasedError. */
export function keepRelease({ version, text }: Release, folder = RELEASES): void {
  const file = fileOf(folder, version);
  if (existsSync(file) && readFileSync(file, 'utf8') !== text)
    throw new AlreadyReleasedError(`Version ${version} was released with another contract`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const fileOf = (folder: string, version: string): string => join(folder, version, DOCUMENT);
