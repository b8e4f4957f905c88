import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { type Ask, aliasesByIndex, refusal } from '../admin/admin-request.ts';
import { type IndexDefinition, installedShards, putIndexTemplate } from '../admin/install-indices.ts';
import {
  type IndexName,
  readAlias,
  shadowAlias,
  versionedIndex,
  versionPattern,
  writeAlias,
} from '../index-names.ts';
import { IndexStateError } from './checkpoint.ts';

/** One version of an index. */
interface IndexVersion {
  /** As OpenSearch calls it: `orders-v2`. */
  readonly index: string;
  readonly version: number;
}

/** Which versions of an index exist, and the role of each. */
export interface IndexState {
  readonly name: IndexName;
  /** The one that is read and written. */
  readonly live: IndexVersion;
  /** The one that every write also goes to. */
  readonly shadow: IndexVersion | undefined;
  /** A number above those of all existing versions. */
  readonly nextVersion: number;
}

const HTTP_OK = 200;

/**
 * Reads which versions of an index there are.
 *
 * @throws IndexStateError when the read and the write alias are not on one index, or the shadow alias is not on one other.
 */
export async function readIndexState(ask: Ask, name: IndexName): Promise<IndexState> {
  const response = await ask({ method: 'GET', path: `/${versionPattern(name)}/_alias` });
  if (response.status !== HTTP_OK) throw refusal(`read the versions of ${name}`, response);
  const aliases = aliasesByIndex(response.body);
  const versions = [...aliases.keys()].flatMap((index) => versionOf(name, index) ?? []);
  const having = (alias: string): readonly IndexVersion[] =>
    versions.filter(({ index }) => aliases.get(index)?.has(alias));
  const [read, written, shadows] = [readAlias(name), writeAlias(name), shadowAlias(name)].map(having);
  const live = read?.[0];
  const shadow = shadows?.[0];
  const isSound =
    read?.length === 1 && written?.length === 1 && written[0]?.index === live?.index && live !== undefined;
  if (!isSound) throw new IndexStateError(`${name} is not one index with a read and a write alias`);
  if ((shadows?.length ?? 0) > 1 || shadow?.index === live.index)
    throw new IndexStateError(`${name} has a shadow index that is not one other index`);
  const nextVersion = Math.max(...versions.map(({ version }) => version)) + 1;
  return { name, live, shadow, nextVersion };
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

type Action = Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;

/**
 * Creates the next version of an index by the definition's template, as its shadow index in one step: every write goes to it
 * from the start. Without `shards` it has as many primary shards as the installed template says, which the installation wrote.
 */
export async function createShadow(
  ask: Ask,
  { name, nextVersion }: IndexState,
  definition: IndexDefinition,
): Promise<IndexVersion> {
  const shards = definition.shards ?? (await installedShards(ask, name));
  await putIndexTemplate(ask, { ...definition, shards });
  const index = versionedIndex(name, nextVersion);
  const response = await ask({
    method: 'PUT',
    path: `/${index}`,
    body: { aliases: { [shadowAlias(name)]: { is_write_index: true } } },
  });
  if (response.status !== HTTP_OK) throw refusal(`create ${index}`, response);
  return { index, version: nextVersion };
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

async function changeAliases(ask: Ask, what: string, actions: readonly Action[]): Promise<void> {
  const response = await ask({ method: 'POST', path: '/_aliases', body: { actions } });
  if (response.status === HTTP_NOT_FOUND)
    throw new IndexStateError(`The aliases were changed after they were read: nothing was done to ${what}`);
  if (response.status !== HTTP_OK) throw refusal(what, response);
  // Not every node has the new aliases; one without them would write to the old index.
  if (!read(Acknowledged, response.body).success)
    throw new IndexStateError(`Not every node of OpenSearch has confirmed to ${what}`);
}
