import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { IndexInstallationError } from '../errors.ts';
import {
  HEARTBEATS_INDEX,
  readAlias,
  shadowAlias,
  versionedIndex,
  versionPattern,
  writeAlias,
} from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../open-search.ts';
import { type Ask, aliasesByIndex, refusal } from './admin-request.ts';
import { Field, missingFields } from './missing-fields.ts';

/** Above a cluster's own templates for all indices, such as `*`; two of one priority may not overlap. */
const PRIORITY = 100;
const HTTP_OK = 200;
const HTTP_NOT_FOUND = 404;

/** The name of an index's template. */
export const templateName = (name: string): string => `order-stream-${name}`;

/** The most primary shards that the parameter `SearchShards` and a rebuild take. */
export const SHARDS_MAX = 64;

/**
 * Puts the template for every version of an index. An index of such a name that a write or a person creates has the settings
 * and the strict mapping too. It replaces the template before it, and changes no index: the number of primary shards of an index
 * cannot change, so that only a rebuild applies another one.
 * See https://docs.opensearch.org/latest/im-plugin/index-templates/.
 *
 * @throws SearchUnavailableError; IndexInstallationError when OpenSearch refuses the definition.
 */
export async function putIndexTemplate(ask: Ask, { name, body, shards }: IndexDefinition): Promise<void> {
  const template = shards === undefined ? body : withShards(body, shards);
  const response = await ask({
    method: 'PUT',
    path: `/_index_template/${templateName(name)}`,
    body: { index_patterns: [versionPattern(name)], priority: PRIORITY, template },
  });
  if (response.status !== HTTP_OK) throw refusal(`take the template of ${name}`, response);
}

/** An index to install: the body of its template as infra/opensearch has it, `settings` and `mappings`. */
export interface IndexDefinition {
  readonly name: string;
  readonly body: IndexBody;
  /** How many primary shards a new version of the index has, in place of the number in `body`. */
  readonly shards?: number | undefined;
}

/** The definitions with that many primary shards, except the heartbeats': one shard is enough for sixteen documents. */
export const withSearchShards = (
  definitions: readonly IndexDefinition[],
  shards: number | undefined,
): readonly IndexDefinition[] =>
  definitions.map((one) => (one.name === HEARTBEATS_INDEX ? one : { ...one, shards }));

interface IndexBody {
  readonly settings?: Readonly<Record<string, unknown>> & {
    readonly index?: Readonly<Record<string, unknown>>;
  };
  readonly mappings?: Readonly<Record<string, unknown>>;
}

const withShards = (body: IndexBody, shards: number): IndexBody => ({
  ...body,
  settings: { ...body.settings, index: { ...body.settings?.index, number_of_shards: shards } },
});

const InstalledTemplates = z.object({
  index_templates: z.array(
    z.object({
      index_template: z.object({
        template: z.object({
          settings: z.object({ index: z.object({ number_of_shards: z.coerce.number().int() }) }),
        }),
      }),
    }),
  ),
});

/**
 * How many primary shards the installed template gives a new version of an index; `undefined` where it does not say or none is
 * installed.
 *
 * @throws SearchUnavailableError, IndexInstallationError.
 */
export async function installedShards(ask: Ask, name: string): Promise<number | undefined> {
  const response = await ask({ method: 'GET', path: `/_index_template/${templateName(name)}` });
  if (response.status !== HTTP_OK && response.status !== HTTP_NOT_FOUND)
    throw refusal(`read the template of ${name}`, response);
  const installed = read(InstalledTemplates, response.body).data?.index_templates[0];
  return installed?.index_template.template.settings.index.number_of_shards;
}

/** What was done for one definition. */
export interface IndexInstallation {
  readonly name: string;
  /**
   * `created`: the index with both aliases; `aliased`: both aliases, for an existing index; `unchanged`: only the template and the
   * fields that are new; `rebuild-needed`: those too, and the mapping differs further, in what no index can change.
   */
  readonly outcome: 'created' | 'aliased' | 'unchanged' | 'rebuild-needed';
}

/** How {@link installIndices} sends its requests. */
export interface InstallOptions {
  /** The time limit of each request; 30 s by default, which a busy cluster needs to create an index. */
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_VERSION = 1;
const HTTP_BAD_REQUEST = 400;
const ALREADY_EXISTS = 'resource_already_exists_exception';

/**
 * Creates the indices that the search pipeline writes to: for each definition its template, and the index `<name>-v1` with its
 * read and its write alias, in one step. Where both aliases exist, the index gets the fields that its mapping lacks, and nothing
 * else changes: two installations, one after the other or at the same time, are safe, and an index that a rebuild has put in place
 * stays. Without those fields its strict mapping would refuse the documents of the new version. Any other change, such as another analysis of
 * a text or another number of shards, is in the template at once and in the index with the next rebuild. Until then the index takes every
 * document and is searched by its own rules.
 *
 * @throws SearchUnavailableError when OpenSearch does not respond, or does not serve now.
 * @throws IndexInstallationError when only one of the aliases exists, or OpenSearch refuses a definition.
 */
export async function installIndices(
  client: OpenSearchClient,
  definitions: readonly IndexDefinition[],
  { requestTimeoutMs = REQUEST_TIMEOUT_MS, signal }: InstallOptions = {},
): Promise<readonly IndexInstallation[]> {
  const timeouts = { timeoutMs: requestTimeoutMs, signals: signal === undefined ? [] : [signal] };
  const ask: Ask = (request) => openSearchResponse(client, request, timeouts);
  const done: IndexInstallation[] = [];
  for (const definition of definitions) {
    done.push({ name: definition.name, outcome: await install(ask, definition) });
  }
  return done;
}

async function install(ask: Ask, definition: IndexDefinition): Promise<IndexInstallation['outcome']> {
  const { name } = definition;
  await putIndexTemplate(ask, definition);
  if (await isAliased(ask, name)) return addFields(ask, definition);
  const index = versionedIndex(name, FIRST_VERSION);
  const created = await ask({
    method: 'PUT',
    path: `/${index}`,
    body: { aliases: { [readAlias(name)]: {}, [writeAlias(name)]: { is_write_index: true } } },
  });
  if (created.status === HTTP_OK) return 'created';
  if (errorType(created) !== ALREADY_EXISTS) throw refusal(`create ${index}`, created);
  // Another installation was faster, and its index has its aliases; or an index exists without any.
  if (await isAliased(ask, name)) return 'unchanged';
  const aliased = await ask({
    method: 'POST',
    path: '/_aliases',
    body: {
      actions: [
        { add: { index, alias: readAlias(name) } },
        { add: { index, alias: writeAlias(name), is_write_index: true } },
      ],
    },
  });
  if (aliased.status !== HTTP_OK) throw refusal(`alias ${index}`, aliased);
  return 'aliased';
}

/**
 * Adds the fields of a definition to the live index and to its shadow index, where there is one. A field is never removed. OpenSearch takes
 * all of a mapping or nothing: where an index cannot have all, such as an analyzer that it lacks, it gets what its documents need.
 * See https://docs.opensearch.org/latest/api-reference/index-apis/put-mapping/.
 */
async function addFields(
  ask: Ask,
  { name, body: { mappings } }: IndexDefinition,
): Promise<IndexInstallation['outcome']> {
  if (mappings === undefined) return 'unchanged';
  let outcome: IndexInstallation['outcome'] = 'unchanged';
  for (const alias of [writeAlias(name), shadowAlias(name)]) {
    const response = await ask({ method: 'PUT', path: `/${alias}/_mapping`, body: { ...mappings } });
    const isWithoutShadow = response.status === HTTP_NOT_FOUND && alias === shadowAlias(name);
    if (response.status === HTTP_BAD_REQUEST) {
      await addMissingFields(ask, alias, mappings);
      outcome = 'rebuild-needed';
    } else if (response.status !== HTTP_OK && !isWithoutShadow)
      throw refusal(`add fields to ${alias}`, response);
  }
  return outcome;
}

const Mappings = z.record(z.string(), z.object({ mappings: Field }));

async function addMissingFields(ask: Ask, alias: string, mappings: object): Promise<void> {
  const response = await ask({ method: 'GET', path: `/${alias}/_mapping` });
  const parsed = read(Mappings, response.body);
  if (response.status !== HTTP_OK || !parsed.success) throw refusal(`read the mapping of ${alias}`, response);
  for (const existing of Object.values(parsed.data)) {
    const properties = missingFields(parse(Field, mappings), existing.mappings);
    if (Object.keys(properties).length === 0) continue;
    const added = await ask({ method: 'PUT', path: `/${alias}/_mapping`, body: { properties } });
    if (added.status !== HTTP_OK) throw refusal(`add fields to ${alias}`, added);
  }
}

/** Whether both aliases exist. Only a person's change can cause one without the other, so that the correct state is not guessed. @throws IndexInstallationError */
export async function isAliased(ask: Ask, name: string): Promise<boolean> {
  const names = [readAlias(name), writeAlias(name)];
  // One request for both, so that no other installation comes between them.
  const response = await ask({ method: 'GET', path: `/_alias/${names.join(',')}` });
  if (response.status !== HTTP_OK && response.status !== HTTP_NOT_FOUND)
    throw refusal(`read the aliases of ${name}`, response);
  const existing = new Set([...aliasesByIndex(response.body).values()].flatMap((aliases) => [...aliases]));
  const missing = names.filter((alias) => !existing.has(alias));
  if (missing.length === 1) {
    throw new IndexInstallationError(`The alias ${missing[0]} is missing, and the other alias exists`);
  }
  return missing.length === 0;
}
