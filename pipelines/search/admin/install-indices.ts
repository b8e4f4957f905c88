import { IndexInstallationError } from '../errors.ts';
import { readAlias, versionedIndex, versionPattern, writeAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from '../open-search.ts';
import { type Ask, aliasesByIndex, refusal } from './admin-request.ts';

/** Above a cluster's own templates for everything, such as `*`; two of one priority may not overlap. */
const PRIORITY = 100;
const HTTP_OK = 200;

/** The name of an index's template. */
export const templateName = (name: string): string => `order-stream-${name}`;

/**
 * Puts the template that every version of an index is made by, whoever makes it: an index of such a name that a write or a
 * hand makes has the settings and the strict mapping too. It stands in place of the one before it, and changes no index.
 * See https://docs.opensearch.org/latest/im-plugin/index-templates/.
 *
 * @throws SearchUnavailableError; IndexInstallationError when OpenSearch refuses the definition.
 */
export async function putIndexTemplate(ask: Ask, { name, body }: IndexDefinition): Promise<void> {
  const answer = await ask({
    method: 'PUT',
    path: `/_index_template/${templateName(name)}`,
    body: { index_patterns: [versionPattern(name)], priority: PRIORITY, template: body },
  });
  if (answer.status !== HTTP_OK) throw refusal(`take the template of ${name}`, answer);
}

/** An index to install: the body of its template as infra/opensearch has it, `settings` and `mappings`. */
export interface IndexDefinition {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What was done for one definition. */
export interface IndexInstallation {
  readonly name: string;
  /** `created`: the index with both aliases; `aliased`: both aliases, for an index that was there; `unchanged`: the template alone. */
  readonly outcome: 'created' | 'aliased' | 'unchanged';
}

/** How {@link installIndices} talks to OpenSearch. */
export interface InstallOptions {
  /** How long each request may take; 30 s unless told, which is what a busy cluster takes to make an index. */
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_VERSION = 1;
const HTTP_NOT_FOUND = 404;
const ALREADY_EXISTS = 'resource_already_exists_exception';

/**
 * Makes what the search pipeline writes to: for each definition its template, and by it the index `<name>-v1` with its read
 * and its write alias, in one step. Where both aliases are there, whatever index they lead to, no index is changed:
 * installing again, and two installing at once, is safe, and an index that a rebuild has put in place stays. A mapping that
 * has changed is the template's at once, and the index's with the next rebuild.
 *
 * @throws SearchUnavailableError when OpenSearch does not answer, or does not serve now.
 * @throws IndexInstallationError when only one of the aliases is there, or OpenSearch refuses a definition.
 */
export async function installIndices(
  client: OpenSearchClient,
  definitions: readonly IndexDefinition[],
  { requestTimeoutMs = REQUEST_TIMEOUT_MS, signal }: InstallOptions = {},
): Promise<readonly IndexInstallation[]> {
  const timeouts = { timeoutMs: requestTimeoutMs, signals: signal === undefined ? [] : [signal] };
  const ask: Ask = (request) => openSearchAnswer(client, request, timeouts);
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
  // Another installer was faster, and its index came with its aliases; or an index was left without any.
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

/** Whether both aliases are there. One without the other is nobody's work but a hand's, so it is not guessed what it should be. */
async function isAliased(ask: Ask, name: string): Promise<boolean> {
  const names = [readAlias(name), writeAlias(name)];
  // One request for both, or another installer could come between them.
  const answer = await ask({ method: 'GET', path: `/_alias/${names.join(',')}` });
  if (answer.status !== HTTP_OK && answer.status !== HTTP_NOT_FOUND)
    throw refusal(`read the aliases of ${name}`, answer);
  const present = new Set([...aliasesByIndex(answer.body).values()].flatMap((aliases) => [...aliases]));
  const missing = names.filter((alias) => !present.has(alias));
  if (missing.length === 1) {
    throw new IndexInstallationError(`The alias ${missing[0]} is missing, and its fellow is there`);
  }
  return missing.length === 0;
}
