import { useEffect } from 'preact/hooks';
import { DeadLetterCauses } from '../../../../contracts/api/dead-letters.ts';
import { addressOf } from '../../data/route.ts';
import { useNow, useUpdates } from '../../data/settings.ts';
import { STATUS_EVERY_MS, useStatus } from '../../data/status.ts';
import { useResponse } from '../../data/use-response.ts';
import { Card, Copy, Head } from '../../parts/basic.tsx';
import { ago, counted } from '../../parts/format.ts';
import { ResponseState } from '../../parts/response-state.tsx';
import { CauseTable } from '../dead-letters/causes.tsx';
import { Banners } from './banners.tsx';
import { LagHistoryCard, ThroughputCard } from './charts.tsx';
import { Consumers } from './consumers.tsx';
import { Figures } from './figures.tsx';
import { Topology } from './topology.tsx';
import { VerificationCard } from './verification.tsx';

const CAUSES_EVERY_MS = 10_000;
const CAUSES_SHOWN = 5;

/** How the system is: what is wrong, the figures with their limits, where the records go, and what became a dead letter. */
export function Overview() {
  const status = useStatus();
  const causes = useResponse('/ops/dead-letters/causes', DeadLetterCauses, CAUSES_EVERY_MS);
  const { value, failure } = status;
  return (
    <>
      <Head
        title="Overview"
        tools={
          <>
            <Updated at={status.at} failed={failure !== undefined} />
            <Copy text={location.href}>Copy link</Copy>
          </>
        }
      />
      <ResponseState response={status} what="The status" />
      {value !== undefined && (
        <div class={failure === undefined ? '' : 'old'}>
          <Banners status={value} />
          <Figures status={value} />
          <Card id="topology" title="Topology">
            <Topology status={value} />
          </Card>
          <Card id="consumers" title="Consumers">
            <Consumers status={value} reload={status.reload} />
          </Card>
          <div class="columns">
            <LagHistoryCard />
            <ThroughputCard />
          </div>
          <VerificationCard />
          <Card
            id="by-cause"
            title="Dead letters by cause"
            tools={<a href={addressOf(['dead-letters'])}>All dead letters</a>}
          >
            <ResponseState response={causes} what="The causes" />
            {causes.value !== undefined &&
              (causes.value.causes.length === 0 ? (
                <p class="empty">There are no dead letters.</p>
              ) : (
                <CauseTable
                  causes={causes.value.causes.slice(0, CAUSES_SHOWN)}
                  caption={captionOf(causes.value)}
                  reload={causes.reload}
                />
              ))}
          </Card>
        </div>
      )}
    </>
  );
}

const captionOf = ({ causes, total, isCutShort }: DeadLetterCauses): string => {
  const shown = causes.length > CAUSES_SHOWN ? `, the ${CAUSES_SHOWN} most frequent causes` : '';
  return `${isCutShort ? 'At least ' : ''}${counted(total, 'dead letter')}${shown}`;
};

/** How old the page is, and the button that stops it from changing under the reader's eyes. */
function Updated({ at, failed }: { readonly at: Date | undefined; readonly failed: boolean }) {
  const now = useNow();
  const [updates, setUpdates] = useUpdates();
  // No other view says that it is paused.
  useEffect(() => () => setUpdates('live'), []);
  const isPaused = updates === 'paused';
  const state = isPaused
    ? 'not updated'
    : failed
      ? 'no connection'
      : `live, every ${STATUS_EVERY_MS / 1_000} s`;
  return (
    <>
      <span class="muted">
        <span class={`dot ${isPaused || failed ? 'warn' : 'ok'}`} aria-hidden="true" /> {state}
        {at !== undefined && (isPaused || failed) && ` · ${ago(at, now)}`}
      </span>
      <button
        type="button"
        class="small"
        aria-pressed={isPaused}
        onClick={() => setUpdates(isPaused ? 'live' : 'paused')}
      >
        {isPaused ? 'Resume updates' : 'Pause updates'}
      </button>
    </>
  );
}
