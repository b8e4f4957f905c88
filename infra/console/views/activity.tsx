import { type ActivityEntry, ActivityPage } from '../../../contracts/api/status.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { pathOf } from '../data/api.ts';
import { deadLetterAddress } from '../data/route.ts';
import { useLast, useResponse } from '../data/use-response.ts';
import { Ago, Head, Pill, type Tone } from '../parts/basic.tsx';
import { seconds } from '../parts/format.ts';
import { Pager, usePages } from '../parts/pager.tsx';
import { ResponseState } from '../parts/response-state.tsx';

const EVERY_MS = 10_000;
const LIMIT = 50;
const TONES: ReadonlyMap<ActivityEntry['outcome'], Tone> = new Map([
  ['done', 'ok'],
  ['partly', 'warn'],
  ['failed', 'bad'],
]);

/** Who did what, when, and what came of it: every action of an operator, the latest first. */
export function ActivityLog() {
  const pages = usePages('');
  const path = pathOf('/ops/activity', { limit: LIMIT, nextToken: pages.token });
  const response = useResponse(path, ActivityPage, EVERY_MS);
  const page = useLast(response);
  const entries = page?.entries;
  return (
    <>
      <Head title="Activity log">
        <p class="muted">Every replay, purge, fix, pause and repair by an operator. Kept for 90 days.</p>
      </Head>
      <ResponseState response={response} what="The activity log" />
      {entries !== undefined && entries.length === 0 && (
        <p class="empty">
          No operator has done anything yet. What you do here or with npm run ops is listed.
        </p>
      )}
      {entries !== undefined && entries.length > 0 && (
        <table aria-busy={response.isLoading}>
          <caption class="unseen">Actions of operators</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Action</th>
              <th scope="col">Target</th>
              <th scope="col">Outcome</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ id, at, endedAt, by, action, target, deadLetterId, outcome, detail }) => (
              <tr key={id}>
                <td data-label="When" class="nobreak">
                  <Ago at={at} />
                  {endedAt !== undefined && (
                    <span class="muted">
                      {' '}
                      · took {seconds((Date.parse(endedAt) - Date.parse(at)) / MS_PER_SECOND)}
                    </span>
                  )}
                </td>
                <td data-label="Who">
                  <bdi>{by}</bdi>
                </td>
                <td data-label="Action" class="nobreak">
                  {action}
                </td>
                <td data-label="Target">
                  {deadLetterId === undefined ? (
                    <bdi>{target}</bdi>
                  ) : (
                    <a data-row class="id" href={deadLetterAddress(deadLetterId)}>
                      <bdi>{target}</bdi>
                    </a>
                  )}
                </td>
                <td data-label="Outcome">
                  <Pill tone={TONES.get(outcome) ?? 'calm'}>{outcome}</Pill>
                </td>
                <td data-label="Detail">
                  <bdi>{detail}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pager pages={pages} nextToken={page?.nextToken} isLoading={response.isLoading} />
    </>
  );
}
