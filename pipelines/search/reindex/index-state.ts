import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { type Ask, refusal } from '../admin-request.ts';
import { aliasesByIndex } from '../alias-answer.ts';
import {
  type IndexName,
  mirrorAlias,
  readAlias,
  versionedIndex,
  versionPattern,
  writeAlias,
} from '../index-names.ts';
import { IndexStateError } from './errors.ts';

/** One version of an index. */
export interface IndexVersion {
  /** As OpenSearch calls it: `orders-v2`. */
  readonly index: string;
  readonly version: number;
}

/** Which versions of an index there are, and what each is for. */
export interface IndexState {
  readonly name: IndexName;
  /** The one that is read and written. */
  readonly live: IndexVersion;
  /** The one that is written too. */
  readonly mirror: IndexVersion | undefined;
  /** The number that no version has had as far as can be seen. */
  readonly nextVersion: number;
}

const HTTP_OK = 200;

/**
 * Reads which versions of an index there are.
 *
 * @throws IndexStateError when the read and the write alias are not on one index, or a mirror not on one other.
 */
export async function readIndexState(ask: Ask, name: IndexName): Promise<IndexState> {
  const answer = await ask({ method: 'GET', path: `/${versionPattern(name)}/_alias` });
  if (answer.status !== HTTP_OK) throw refusal(`read the versions of ${name}`, answer);
  const aliases = aliasesByIndex(answer.body);
  const versions = [...aliases.keys()].flatMap((index) => versionOf(name, index) ?? []);
  const having = (alias: string): readonly IndexVersion[] =>
    versions.filter(({ index }) => aliases.get(index)?.has(alias));
  const [read, written, mirrors] = [readAlias(name), writeAlias(name), mirrorAlias(name)].map(having);
  const live = read?.[0];
  const mirror = mirrors?.[0];
  const isSound =
    read?.length === 1 && written?.length === 1 && written[0]?.index === live?.index && live !== undefined;
  if (!isSound) throw new IndexStateError(`${name} is not one index with a read and a write alias`);
  if ((mirrors?.length ?? 0) > 1 || mirror?.index === live.index)
    throw new IndexStateError(`${name} has a mirror that is not one other index`);
  const nextVersion = Math.max(...versions.map(({ version }) => version)) + 1;
  return { name, live, mirror, nextVersion };
}

function versionOf(name: string, index: string): IndexVersion | undefined {
  const version = Number(index.slice(`${name}-v`.length));
  return Number.isSafeInteger(version) && index === versionedIndex(name, version)
    ? { index, version }
    : undefined;
}

/** The id that OpenSearch gave an index when it was made: another index of the same name has another one. */
export async function readIndexUuid(ask: Ask, index: string): Promise<string> {
  const answer = await ask({ method: 'GET', path: `/${index}/_settings/index.uuid` });
  if (answer.status !== HTTP_OK) throw refusal(`read the id of ${index}`, answer);
  const Settings = z.object({
    [index]: z.object({ settings: z.object({ index: z.object({ uuid: z.string() }) }) }),
  });
  const uuid = parse(Settings, answer.body)[index]?.settings.index.uuid;
  if (uuid === undefined) throw new IndexStateError(`${index} has no id`);
  return uuid;
}
