import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { type Ask, aliasesByIndex, refusal } from '../admin/admin-request.ts';
import {
  type IndexDefinition,
  installedShards,
  isAliased,
  putIndexTemplate,
} from '../admin/install-indices.ts';
import {
  type IndexName,
  readAlias,
  shadowAlias,
  versionedIndex,
  versionPattern,
  writeAlias,
} from '../index-names.ts';
import type { OpenSearchRequest } from '../open-search.ts';
import { IndexMissingError, IndexStateError } from './checkpoint.ts';

/** One version of an index. */
export interface IndexVersion {
  /** As OpenSearch calls it: `orders-v2`. */
  readonly index: string;
  readonly version: number;
}

/** Which versions of an index exist, and the role of each. */
export interface IndexVersions {
  /** The one that is read and written; `undefined` where no index has the read or the write alias. */
  readonly live: IndexVersion | undefined;
  /** The one that every write also goes to. */
  readonly shadow: IndexVersion | undefined;
  /** A number above those of all existing versions. */
  readonly nextVersion: number;
}

/** The versions of an index that is read and written. */
export interface IndexState extends IndexVersions {
  readonly name: IndexName;
  readonly live: IndexVersion;
}

const HTTP_OK = 200;

/**
 * Reads which versions of an index there are.
 *
 * @throws IndexMissingError when no index has the read and the write alias; IndexStateError when they are not on one index, or the shadow
 * alias is not on one other.
 */
export async function readIndexState(ask: Ask, name: IndexName): Promise<IndexState> {
  const { live, ...versions } = await readVersions(ask, name);
  if (live === undefined) throw new IndexMissingError(`${name} does not exist`);
  return { ...versions, name, live };
}

/**
 * Reads which versions of an index there are, also of one that does not exist.
 *
 * @throws IndexStateError when the read and the write alias are not on one index, or the shadow alias is not on one other.
 */
export async function readVersions(ask: Ask, name: string): Promise<IndexVersions> {
  const response = await ask({ method: 'GET', path: `/${versionPattern(name)}/_alias` });
  if (response.status !== HTTP_OK) throw refusal(`read the versions of ${name}`, response);
  const aliases = aliasesByIndex(response.body);
  const versions = [...aliases.keys()].flatMap((index) => versionOf(name, index) ?? []);
  const having = (alias: string): readonly IndexVersion[] =>
    versions.filter(({ index }) => aliases.get(index)?.has(alias));
  const [read, written, shadows] = [readAlias, writeAlias, shadowAlias].map((alias) => having(alias(name)));
  const [live, shadow] = [read?.[0], shadows?.[0]];
  if (!isDeepStrictEqual(read, written) || (read?.length ?? 0) > 1)
    throw new IndexStateError(`${name} is not one index with a read and a write alias`);
  if (live === undefined && (await isAliased(ask, name)))
    throw new IndexStateError(`The aliases of ${name} are on an index of another name`);
  if ((shadows?.length ?? 0) > 1 || (shadow !== undefined && shadow.index === live?.index))
    throw new IndexStateError(`${name} has a shadow index that is not one other index`);
  const nextVersion = Math.max(0, ...versions.map(({ version }) => version)) + 1;
  return { live, shadow, nextVersion };
}

function versionOf(name: string, index: string): IndexVersion | undefined {
  const version = Number(index.slice(`${name}-v`.length));
  return Number.isSafeInteger(version) && index === versionedIndex(name, version)
    ? { index, version }
    : undefined;
}

/** The id that OpenSearch gave an index when it was created: another index of the same name has another one. */
export async function readIndexUuid(ask: Ask, index: string): Promise<string> {
  const response = await ask({ method: 'GET', path: `/${index}/_settings/index.uuid` });
  if (response.status !== HTTP_OK) throw refusal(`read the id of ${index}`, response);
  const Settings = z.object({
    [index]: z.object({ settings: z.object({ index: z.object({ uuid: z.string() }) }) }),
  });
  const uuid = parse(Settings, response.body)[index]?.settings.index.uuid;
  if (uuid === undefined) throw new IndexStateError(`${index} has no id`);
  return uuid;
}

const Shards = z.record(
  z.string(),
  z.object({
    settings: z.object({ index: z.object({ number_of_shards: z.coerce.number().int() }) }),
  }),
);

/** How many primary shards an index has. */
export async function readShards(ask: Ask, index: string): Promise<number> {
  const response = await ask({ method: 'GET', path: `/${index}/_settings/index.number_of_shards` });
  if (response.status !== HTTP_OK) throw refusal(`read the settings of ${index}`, response);
  const shards = parse(Shards, response.body)[index]?.settings.index.number_of_shards;
  if (shards === undefined) throw new IndexStateError(`${index} has no number of shards`);
  return shards;
}

const HTTP_NOT_FOUND = 404;
const Acknowledged = z.object({ acknowledged: z.literal(true) });
const Allocated = z.object({ shards_acknowledged: z.literal(true) });

type Action = Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;

/**
 * Creates the next version of an index as its shadow index in one step: every write goes to it from the start.
 */
export async function createShadow(
  ask: Ask,
  { name, nextVersion: version }: IndexState,
  definition: IndexDefinition,
): Promise<IndexVersion> {
  const index = versionedIndex(name, version);
  await createVersion(ask, index, definition, {
    body: { aliases: { [shadowAlias(name)]: { is_write_index: true } } },
  });
  return { index, version };
}

/**
 * Creates a version of an index by the definition's template. Without `shards` it has as many primary shards as the installed template says,
 * which the installation wrote.
 *
 * @returns whether all its primary shards have a node.
 */
export async function createVersion(
  ask: Ask,
  index: string,
  definition: IndexDefinition,
  request: Pick<OpenSearchRequest, 'body' | 'querystring'>,
): Promise<boolean> {
  const shards = definition.shards ?? (await installedShards(ask, definition.name));
  await putIndexTemplate(ask, { ...definition, shards });
  const response = await ask({ method: 'PUT', path: `/${index}`, ...request });
  if (response.status !== HTTP_OK) throw refusal(`create ${index}`, response);
  return read(Allocated, response.body).success;
}

/**
 * Swaps the live index and its shadow index in one step: both are written and one is read at every moment.
 *
 * @throws IndexStateError when the aliases were changed meanwhile.
 */
export async function swap(ask: Ask, { name, live, shadow }: IndexState): Promise<void> {
  if (shadow === undefined) throw new IndexStateError(`${name} has no shadow index`);
  const [read, write, other] = [readAlias(name), writeAlias(name), shadowAlias(name)];
  await changeAliases(ask, `swap ${live.index} and ${shadow.index}`, [
    ...[read, write].map((alias) => ({ remove: { index: live.index, alias, must_exist: true } })),
    { remove: { index: shadow.index, alias: other, must_exist: true } },
    { add: { index: shadow.index, alias: read } },
    { add: { index: shadow.index, alias: write, is_write_index: true } },
    { add: { index: live.index, alias: other, is_write_index: true } },
  ]);
}

/** Deletes the shadow index; nothing reads it. */
export async function deleteShadow(ask: Ask, { shadow }: IndexState): Promise<void> {
  if (shadow === undefined) return;
  await changeAliases(ask, `delete ${shadow.index}`, [{ remove_index: { index: shadow.index } }]);
}

/** Changes aliases, and removes indices, in one step. @throws IndexStateError when one of them does not exist. */
export async function changeAliases(ask: Ask, what: string, actions: readonly Action[]): Promise<void> {
  const response = await ask({ method: 'POST', path: '/_aliases', body: { actions } });
  if (response.status === HTTP_NOT_FOUND)
    throw new IndexStateError(`The aliases were changed after they were read: nothing was done to ${what}`);
  if (response.status !== HTTP_OK) throw refusal(what, response);
  // Not every node has the new aliases; one without them would write to the old index.
  if (!read(Acknowledged, response.body).success)
    throw new IndexStateError(`Not every node of OpenSearch has confirmed to ${what}`);
}
