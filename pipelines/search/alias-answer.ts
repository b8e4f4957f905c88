import * as z from 'zod';
import { read } from '../../contracts/reading.ts';

const IndexAliases = z.object({ aliases: z.record(z.string(), z.unknown()) });

/**
 * The aliases by index in `{index: {aliases: {alias: ...}}}`, as OpenSearch answers a question for aliases. An answer that not all
 * were found has other members as well.
 */
export function aliasesByIndex(body: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const members = Object.entries(read(z.record(z.string(), z.unknown()), body).data ?? {});
  return new Map(
    members.flatMap(([index, member]) => {
      const aliases = read(IndexAliases, member).data?.aliases;
      return aliases === undefined ? [] : [[index, new Set(Object.keys(aliases))] as const];
    }),
  );
}
