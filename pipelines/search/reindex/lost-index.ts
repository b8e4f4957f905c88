import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { type Ask, refusal } from '../admin/admin-request.ts';
import type { IndexDefinition } from '../admin/install-indices.ts';
import { SearchUnavailableError } from '../errors.ts';
import { readAlias, versionedIndex, writeAlias } from '../index-names.ts';
import {
  changeAliases,
  createVersion,
  type IndexVersion,
  type IndexVersions,
  readVersions,
} from './index-steps.ts';

/** What of an index is lost. */
export interface Loss {
  readonly before: IndexVersions;
  /** The versions that are red: a primary shard has no node. */
  readonly red: readonly string[];
  /** The empty version that takes the place of the live one; `undefined` where only the shadow index is lost. */
  readonly replacement: string | undefined;
  /** Which versions there are without those that are lost. */
  readonly after: IndexVersions & { readonly live: IndexVersion };
}

/** How long an index may be red before it is lost, a new one too: it is red for a moment. */
const WAIT_SECONDS = 10;

/**
 * Finds out what of an index is lost: the live index where no index has its aliases or the one with them is red, and a red shadow index.
 *
 * @returns `undefined` where nothing is lost.
 * @throws IndexStateError, SearchUnavailableError, IndexInstallationError.
 */
export async function findLoss(
  ask: Ask,
  name: string,
  waitSeconds: number = WAIT_SECONDS,
): Promise<Loss | undefined> {
  const before = await readVersions(ask, name);
  const { live, shadow, nextVersion: version } = before;
  const [isLiveRed, isShadowRed] = await Promise.all(
    [live, shadow].map(async (one) => one !== undefined && (await isRed(ask, one.index, waitSeconds))),
  );
  const red = [isLiveRed ? live : undefined, isShadowRed ? shadow : undefined].flatMap(
    (one) => one?.index ?? [],
  );
  const others = { shadow: isShadowRed ? undefined : shadow };
  if (live !== undefined && !isLiveRed)
    return isShadowRed
      ? { before, red, replacement: undefined, after: { ...others, live, nextVersion: version } }
      : undefined;
  const index = versionedIndex(name, version);
  return {
    before,
    red,
    replacement: index,
    after: { ...others, live: { index, version }, nextVersion: version + 1 },
  };
}

/**
 * Replaces what of an index is lost, so that the stream can write: an empty index takes the place of the live one in one step, and a red shadow
 * index is deleted. What is not lost stays as it is. A rebuild then fills the index.
 *
 * @returns what was lost; `undefined` where nothing was.
 * @throws SearchUnavailableError, and removes nothing, where no node takes the empty index; otherwise as {@link findLoss}.
 */
export async function replaceLost(
  ask: Ask,
  definition: IndexDefinition,
  waitSeconds: number = WAIT_SECONDS,
): Promise<Loss | undefined> {
  const { name } = definition;
  const loss = await findLoss(ask, name, waitSeconds);
  if (loss === undefined) return undefined;
  const { red, replacement: index } = loss;
  const removals = red.map((lost) => ({ remove_index: { index: lost } }));
  const querystring = { timeout: `${waitSeconds}s` };
  if (index !== undefined && !(await createVersion(ask, index, definition, { querystring }))) {
    await ask({ method: 'DELETE', path: `/${index}` });
    throw new SearchUnavailableError(`No node of OpenSearch takes ${index}: nothing was removed`);
  }
  const additions =
    index === undefined
      ? []
      : [
          { add: { index, alias: readAlias(name) } },
          { add: { index, alias: writeAlias(name), is_write_index: true } },
        ];
  await changeAliases(ask, `replace the lost index of ${name}`, [...removals, ...additions]);
  return loss;
}

const Health = z.object({ status: z.enum(['green', 'yellow', 'red']) });

async function isRed(ask: Ask, index: string, waitSeconds: number): Promise<boolean> {
  const querystring = { wait_for_status: 'yellow', timeout: `${waitSeconds}s` };
  const response = await ask({ method: 'GET', path: `/_cluster/health/${index}`, querystring });
  // A time-out is a 408 with the status.
  const health = read(Health, response.body);
  if (!health.success) throw refusal(`read the health of ${index}`, response);
  return health.data.status === 'red';
}
