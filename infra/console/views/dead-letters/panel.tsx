import { useEffect, useRef, useState } from 'preact/hooks';
import { type DeadLetterSummary, DeadLetterView } from '../../../../contracts/api/dead-letters.ts';
import { addressOf } from '../../data/route.ts';
import { useResponse } from '../../data/use-response.ts';
import { Ago, At, Copy, Pill } from '../../parts/basic.tsx';
import { counted, shortId, words } from '../../parts/format.ts';
import { IssueList } from '../../parts/issues.tsx';
import { ResponseState } from '../../parts/response-state.tsx';
import { Actions } from './actions.tsx';
import { Outcome } from './ended.tsx';
import { FixForm } from './fix-form.tsx';
import { chosenOf, Item, STATE_TONES } from './list.tsx';
import { RecordDiff } from './record-diff.tsx';

interface PanelProps {
  readonly id: string;
  /** The list without the panel. */
  readonly back: string;
  readonly addressOfOther: (id: string) => string;
  /** How often the view was read again: then the panel is too. */
  readonly reloads: number;
  readonly changed: () => void;
}

/** One dead letter beside the list: why it is one, what to do, its attempts and its records. */
export function Panel({ id, back, addressOfOther, reloads, changed }: PanelProps) {
  const response = useResponse(`/ops/dead-letters/${encodeURIComponent(id)}`, DeadLetterView);
  const { value, failureStatus } = response;
  const element = useRef<HTMLElement>(null);
  useEffect(() => element.current?.scrollTo(0, 0), [id]);
  const reloadsBefore = useRef(reloads);
  useEffect(() => {
    if (reloads !== reloadsBefore.current) response.reload();
    reloadsBefore.current = reloads;
  }, [reloads]);
  return (
    <aside class="panel" aria-labelledby="panel" ref={element}>
      <div class="card-head">
        <h2 id="panel">
          Dead letter <span class="id">{id.slice(0, 8)}</span>
        </h2>
        <div class="tools">
          <Copy text={id}>Copy id</Copy>
          {value !== undefined && <Copy text={JSON.stringify(value, undefined, 2)}>Copy as JSON</Copy>}
          <a class="button small" data-close-panel href={back}>
            Close
          </a>
        </div>
      </div>
      {failureStatus === 404 ? (
        <div class="empty">
          <p>There is no dead letter with this id. What is done is kept for 14 days.</p>
          <p>
            <a href={addressOf(['dead-letters'])}>All dead letters</a> ·{' '}
            <a href={addressOf(['activity'])}>Activity log</a>
          </p>
        </div>
      ) : (
        <ResponseState response={response} what="The dead letter" />
      )}
      {value !== undefined && <Contents view={value} addressOfOther={addressOfOther} reload={changed} />}
    </aside>
  );
}

interface ContentsProps {
  readonly view: DeadLetterView;
  readonly addressOfOther: (id: string) => string;
  readonly reload: () => void;
}

/** Where it is, or what ended it. */
const StateOrOutcome = ({ summary: { state, end } }: { readonly summary: DeadLetterSummary }) =>
  end === undefined ? <Pill tone={STATE_TONES[state]}>{state}</Pill> : <Outcome outcome={end.outcome} />;

function Contents({ view, addressOfOther, reload }: ContentsProps) {
  const { summary, reason, remedy, runbook, twin, batch, attempts, records } = view;
  const isOpen = summary.state === 'waiting' || summary.state === 'parked';
  // A fix replays it, and then says what it did.
  const [wasOpen] = useState(isOpen);
  const issues = reason?.issues ?? [];
  return (
    <>
      <p class="facts">
        <StateOrOutcome summary={summary} /> <strong>{summary.consumer}</strong> · {words(summary.reason)} ·{' '}
        {counted(summary.attempts, 'attempt')} · first seen <Ago at={summary.firstSeenAt} />
      </p>
      {reason !== undefined && <p>{reason.message}</p>}
      {issues.length > 0 && <IssueList issues={issues} />}
      <div class="notice calm">
        <p>
          <strong>What to do: </strong>
          {remedy} <a href={addressOf(['runbook', runbook])}>Runbook</a>
        </p>
      </div>
      <dl class="pairs">
        <dt>Item</dt>
        <dd>
          <Item summary={summary} />
        </dd>
        {summary.eventName !== undefined && (
          <>
            <dt>Change</dt>
            <dd>{summary.eventName}</dd>
          </>
        )}
        {twin !== undefined && (
          <>
            <dt>Twin</dt>
            <dd>
              <a class="id" href={addressOfOther(twin)}>
                {twin.slice(0, 8)}
              </a>{' '}
              <span class="muted">the same record, of the other consumer</span>
            </dd>
          </>
        )}
        {batch !== undefined && (
          <>
            <dt>Batch</dt>
            <dd>
              <a class="id" href={addressOfOther(batch)}>
                {batch.slice(0, 8)}
              </a>
            </dd>
          </>
        )}
        <dt>Failed</dt>
        <dd>
          <At at={summary.failedAt} />
        </dd>
      </dl>
      {isOpen && (
        <div class="bar">
          <span class="bar-do">
            <Actions number={1} chosen={chosenOf([summary.id])} changed={reload} />
          </span>
        </div>
      )}
      {wasOpen && summary.kind === 'record' && <FixForm id={summary.id} issues={issues} changed={reload} />}
      <h3>Attempts</h3>
      <ol class="attempts">
        {attempts.map(({ at, by, outcome, code }) => (
          <li key={`${at} ${by} ${outcome}`}>
            <Outcome outcome={outcome} /> <bdi>{by}</bdi>{' '}
            <span class="muted">
              <At at={at} />
              {code !== undefined && ` · ${code}`}
            </span>
          </li>
        ))}
      </ol>
      <h3>Records</h3>
      {view.isHidden && (
        <p class="muted">
          The message could not be read now. Another receiver may hide it for two minutes, or its queue is
          long. Refresh then.
        </p>
      )}
      {records.length === 0 && !view.isHidden && (
        <p class="muted">{isOpen ? 'It holds no record.' : 'The message is no longer on a queue.'}</p>
      )}
      {records.map((record, place) => (
        <RecordDiff key={`${place} ${record.key?.pk ?? ''}`} record={record} />
      ))}
      {view.recordsRemaining > 0 && (
        <p>And {counted(view.recordsRemaining, 'more record', 'more records')}.</p>
      )}
      {view.isTrimmed && (
        <p class="muted">
          The stream no longer has some of them; a replay takes the current state from the table.
        </p>
      )}
      <p class="muted">
        Id <span class="id">{summary.id}</span>
        {summary.order !== undefined && ` · order ${shortId(summary.order.orderId)}`}
      </p>
    </>
  );
}
