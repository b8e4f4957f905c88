import { read } from '../../contracts/reading.ts';
import type { BulkOperation } from './bulk-operation.ts';
import { BULK_FILTER_PATH, BulkAnswer, type BulkItemResult } from './bulk-result.ts';
import { SearchUnavailableError } from './errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer, type Patience } from './open-search.ts';

const HTTP_OK = 200;

/** The id in {@link aliasGuard}; no document has it, for no id of ours holds a space. */
const GUARD_ID = 'alias guard';

/**
 * Sends operations in one `_bulk` request; the answer has a result for each, in their order. Nothing is written where an
 * operation's alias is missing.
 *
 * @throws SearchUnavailableError when the request was not taken as a whole; OutOfTimeError.
 */
export async function sendBulk(
  client: OpenSearchClient,
  operations: readonly BulkOperation[],
  patience: Patience,
): Promise<readonly BulkItemResult[]> {
  const guards = unguardedDeletes(operations).map(aliasGuard);
  const answer = await openSearchAnswer(
    client,
    {
      method: 'POST',
      path: '/_bulk',
      querystring: { require_alias: 'true', filter_path: BULK_FILTER_PATH },
      bulkBody: guards.join('') + operations.map(({ ndjson }) => ndjson).join(''),
    },
    patience,
  );
  const parsed = read(BulkAnswer, answer.body);
  if (answer.status !== HTTP_OK || !parsed.success) {
    throw new SearchUnavailableError(
      `OpenSearch did not take the request: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
  }
  return parsed.data.items.flatMap((item) => Object.values(item)).slice(guards.length);
}

// A delete under an external version makes an index of the alias's name where the alias is missing, and `require_alias`
// does not hold for deletes. It does for an update, and OpenSearch makes no index that any operation of the request
// requires to be an alias: so each alias that is only deleted from gets an update that changes nothing.
const unguardedDeletes = (operations: readonly BulkOperation[]): readonly string[] => {
  const guarded = new Set(operations.filter(({ kind }) => kind === 'index').map(({ alias }) => alias));
  const aliases = operations.filter(({ alias }) => !guarded.has(alias)).map(({ alias }) => alias);
  return [...new Set(aliases)];
};

const aliasGuard = (alias: string): string =>
  `${JSON.stringify({ update: { _index: alias, _id: GUARD_ID } })}\n{"doc":{}}\n`;
