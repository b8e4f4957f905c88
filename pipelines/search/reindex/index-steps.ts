import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { type Ask, refusal } from '../admin-request.ts';
import { mirrorAlias, readAlias, versionedIndex, writeAlias } from '../index-names.ts';
import { putIndexTemplate } from '../index-template.ts';
import type { IndexDefinition } from '../install-indices.ts';
import { IndexStateError } from './errors.ts';
import type { IndexState, IndexVersion } from './index-state.ts';

const HTTP_OK = 200;
const HTTP_NOT_FOUND = 404;
const Acknowledged = z.object({ acknowledged: z.literal(true) });

type Action = Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;

/**
 * Makes the next version of an index by the definition's template, as its mirror in one step: from its first moment on it is
 * written too.
 */
export async function createMirror(
  ask: Ask,
  { name, nextVersion }: IndexState,
  definition: IndexDefinition,
): Promise<IndexVersion> {
  await putIndexTemplate(ask, definition);
  const index = versionedIndex(name, nextVersion);
  const answer = await ask({
    method: 'PUT',
    path: `/${index}`,
    body: { aliases: { [mirrorAlias(name)]: { is_write_index: true } } },
  });
  if (answer.status !== HTTP_OK) throw refusal(`create ${index}`, answer);
  return { index, version: nextVersion };
}

/**
 * Makes the mirror the index that is read and written, and the index its mirror, in one step: for no moment is one of them not
 * written, or none of them read.
 *
 * @throws IndexStateError when somebody else has moved the aliases meanwhile.
 */
export async function swap(ask: Ask, { name, live, mirror }: IndexState): Promise<void> {
  if (mirror === undefined) throw new IndexStateError(`${name} has no mirror`);
  const [read, write, other] = [readAlias(name), writeAlias(name), mirrorAlias(name)];
  await changeAliases(ask, `swap ${live.index} and ${mirror.index}`, [
    ...[read, write].map((alias) => ({ remove: { index: live.index, alias, must_exist: true } })),
    { remove: { index: mirror.index, alias: other, must_exist: true } },
    { add: { index: mirror.index, alias: read } },
    { add: { index: mirror.index, alias: write, is_write_index: true } },
    { add: { index: live.index, alias: other, is_write_index: true } },
  ]);
}

/** Deletes the mirror of an index; nothing reads it. */
export async function dropMirror(ask: Ask, { mirror }: IndexState): Promise<void> {
  if (mirror === undefined) return;
  await changeAliases(ask, `delete ${mirror.index}`, [{ remove_index: { index: mirror.index } }]);
}

async function changeAliases(ask: Ask, what: string, actions: readonly Action[]): Promise<void> {
  const answer = await ask({ method: 'POST', path: '/_aliases', body: { actions } });
  if (answer.status === HTTP_NOT_FOUND)
    throw new IndexStateError(
      `Somebody else has moved the aliases since they were read: nothing was done to ${what}`,
    );
  if (answer.status !== HTTP_OK) throw refusal(what, answer);
  // Not every node knows yet; one that does not would write to what it knows.
  if (!read(Acknowledged, answer.body).success)
    throw new IndexStateError(`Not every node of OpenSearch has confirmed to ${what}`);
}
