import { useState } from 'preact/hooks';
import { type DeadLetterRecord, DeadLetterView, ReplayStep } from '../../../contracts/api/dead-letters.ts';
import { ask } from '../api.ts';
import { time } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

interface DeadLetterProps {
  readonly id: string;
}

/** A dead letter: why it is one, its records, and its replay. */
export function DeadLetter({ id }: DeadLetterProps) {
  const response = useResponse(`/ops/dead-letters/${encodeURIComponent(id)}`, DeadLetterView);
  const { value } = response;
  return (
    <>
      <p>
        <a href={addressOf(['dead-letters'])}>All dead letters</a>
      </p>
      <h1>
        Dead letter <span class="id">{id.slice(0, 8)}</span>
      </h1>
      <Replay id={id} />
      <ResponseState response={response} what="The dead letter" />
      {value !== undefined && (
        <>
          <dl>
            <dt>Consumer</dt>
            <dd>{value.summary.consumer}</dd>
            <dt>Reason</dt>
            <dd>{value.summary.reason}</dd>
            <dt>First seen</dt>
            <dd>{time(value.summary.firstSeenAt)}</dd>
            <dt>Attempts</dt>
            <dd>{value.summary.attempts}</dd>
          </dl>
          {value.reason !== undefined && <p>{value.reason.message}</p>}
          <ul>
            {value.reason?.issues.map(({ path: at, message }) => (
              <li key={`${at} ${message}`}>
                <code>{at}</code> {message}
              </li>
            ))}
          </ul>
          {value.records.map((record) => (
            <Images key={JSON.stringify([record.key, record.eventName])} record={record} />
          ))}
          {value.recordsRemaining > 0 && <p>And {value.recordsRemaining} more records.</p>}
          {value.isTrimmed && (
            <p>
              The stream no longer has some of its records; a replay takes the current state from the table.
            </p>
          )}
        </>
      )}
    </>
  );
}

function Replay({ id }: { readonly id: string }) {
  const [said, say] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [isDone, setDone] = useState(false);
  const replay = async () => {
    setRunning(true);
    say('Replaying…');
    try {
      const body = { ids: [id], startedAt: new Date().toISOString() };
      const { outcomes, failures, remaining } = await ask('/ops/dead-letters/replay', ReplayStep, { body });
      const done = outcomes.replayed + outcomes.itemDeleted;
      setDone(done > 0);
      if (done > 0) say('Replayed. The dead letter was deleted from the queue.');
      else if (failures[0] !== undefined) say(`It failed again. Reason: ${failures[0].reason}.`);
      else say(remaining > 0 ? 'It waits still; replay it again.' : 'It is on no queue.');
    } catch (error) {
      say(error instanceof Error ? error.message : 'It failed.');
    }
    setRunning(false);
  };
  return (
    <p>
      <button type="button" class="primary" onClick={replay} disabled={isRunning || isDone}>
        Replay
      </button>{' '}
      <span role="status">{said}</span>
    </p>
  );
}

function Images({ record }: { readonly record: DeadLetterRecord }) {
  const { key, eventName, oldImage, newImage, current } = record;
  return (
    <section>
      <h2 class="id">{key === undefined ? 'A record without a key' : `${key.pk} / ${key.sk}`}</h2>
      <p class="muted">{eventName}</p>
      <div class="cards">
        <Image name="Before" image={oldImage} />
        <Image name="After" image={newImage} />
        <Image name="In the table now" image={current} />
      </div>
    </section>
  );
}

const Image = ({ name, image }: { readonly name: string; readonly image: unknown }) => (
  <section>
    <h3>{name}</h3>
    {image === undefined ? <p>Nothing.</p> : <pre>{JSON.stringify(image, undefined, 2)}</pre>}
  </section>
);
