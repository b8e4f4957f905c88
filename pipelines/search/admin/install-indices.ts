import { IndexInstallationError } from '../errors.ts';
import { readAlias, versionedIndex, versionPattern, writeAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../open-search.ts';
import { type Ask, aliasesByIndex, refusal } from './admin-request.ts';

/** Above a cluster's own templates for all indices, such as `*`; two of one priority may not overlap. */
const PRIORITY = 100;
const HTTP_OK = 200;

/** The name of an index's template. */
export const templateName = (name: string): string => `order-stream-${name}`;

/**
 * Puts the template for every version of an index. An index of such a name that a write or a person creates has the settings
 * and the strict mapping too. It replaces the template before it, and changes no index.
 * See https://docs.opensearch.org/latest/im-plugin/index-templates/.
 *
 * @throws SearchUnavailableError; IndexInstallationError when OpenSearch refuses the definition.
 */
export async function putIndexTemplate(ask: Ask, { name, body }: IndexDefinition): Promise<void> {
  const response = await ask({
    method: 'PUT',
    path: `/_index_template/${templateName(name)}`,
    body: { index_patterns: [versionPattern(name)], priority: PRIORITY, template: body },
  });
  if (response.status !== HTTP_OK) throw refusal(`take the template of ${name}`, response);
}

/** An index to install: the body of its template as infra/opensearch has it, `settings` and `mappings`. */
export interface IndexDefinition {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What was done for one definition. */
export interface IndexInstallation {
  readonly name: string;
  /** `created`: the index with both aliases; `aliased`: both aliases, for an existing index; `unchanged`: only the template. */
  readonly outcome: 'created' | 'aliased' | 'unchanged';
}

/** How {@link installIndices} sends its requests. */
export interface InstallOptions {
  /** The time limit of each request; 30 s by default, which a busy cluster needs to create an index. */
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_VERSION = 1;
const HTTP_NOT_FOUND = 404;
const ALREADY_EXISTS = 'resource_already_exists_exception';

/**
 * Creates the indices that the search pipeline writes to: for each definition its template, and the index `<name>-v1` with its
 * read and its write alias, in one step. Where both aliases exist, no index is changed, so that two installations, one after
 * the other or at the same time, are safe, and an index that a rebuild has put in place stays. A changed mapping is in the
 * template at once, and in the index with the next rebuild.
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
  if (await isAliased(ask, name)) return 'unchanged';
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

/** Whether both aliases exist. Only a person's change can cause one without the other, so that the correct state is not guessed. */
async function isAliased(ask: Ask, name: string): Promise<boolean> {
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
