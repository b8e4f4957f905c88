import * as z from 'zod';
import { ConsumerName } from '../../../../contracts/stream.ts';
import { type LetterFilter, passesFilter } from '../../../../pipelines/replay/letter-filter.ts';
import type { LetterSummary } from '../../../../pipelines/replay/letter-summary.ts';

/** The options that say which queues are meant. */
export const queueOptions = { consumer: ConsumerName.optional(), parked: z.boolean() };

/** The options that say which letters on them. */
export const filterOptions = {
  ...queueOptions,
  args: z.array(z.string()).max(1),
  reason: z.string().optional(),
  entity: z.string().optional(),
  since: z.date().optional(),
  limit: z.int(),
  dryRun: z.boolean(),
};
const FilterOptions = z.object(filterOptions);

/** Which letters the options mean. */
export function letterFilter({
  args: [messageId],
  reason,
  entity,
  since,
  consumer,
}: z.infer<typeof FilterOptions>): (summary: LetterSummary) => boolean {
  const filter: LetterFilter = { messageId, reason, entity, since };
  return (summary) =>
    passesFilter(summary, filter) && (consumer === undefined || summary.consumer === consumer);
}
