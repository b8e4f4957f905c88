import { useState } from 'preact/hooks';
import { type DeadLetterRecord, DeadLetterReplay, DeadLetterView } from '../../../contracts/api/operators.ts';
import { ask } from '../api.ts';
import { time } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

interface DeadLetterProps {
  readonly consumer: string;
  readonly messageId: string;
}

const OUTCOMES: Readonly<Record<DeadLetterReplay['outcome'], string>> = {
  replayed: 'Replayed. The dead letter was deleted from the queue.',
  'item-deleted':
    'The table no longer holds its items, so nothing remains to do. The dead letter was deleted from the queue.',
  ignored: 'It was a test message. It was deleted from the queue.',
  failed: 'It failed again, and is on the queue as a new dead letter.',
  unreadable: 'It cannot be read, and stays where it is.',
  interrupted: 'There was not enough time. It stays where it is; replay it again.',
  parked: 'It was moved to the parking queue.',
};

/** A dead letter: why it is one, its records, and its replay. */
export function DeadLetter({ consumer, messageId }: DeadLetterProps) {
  const path = `/ops/dead-letters/${encodeURIComponent(consumer)}/${encodeURIComponent(messageId)}`;
  const response = useResponse(path, DeadLetterView);
  const { value } = response;
  return (
    <>
      <p>
        <a href={addressOf(['dead-letters'])}>All dead letters</a>
      </p>
      <h1>
        Dead letter <span class="id">{messageId.slice(0, 8)}</span>
      </h1>
      <Replay path={path} />
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

function Replay({ path }: { readonly path: string }) {
  const [said, say] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [isDone, setDone] = useState(false);
  const replay = async () => {
    setRunning(true);
    say('Replaying…');
    try {
      const { outcome, code } = await ask(`${path}/replay`, DeadLetterReplay, { method: 'POST' });
      setDone(outcome !== 'interrupted' && outcome !== 'unreadable');
      say(`${OUTCOMES[outcome]}${code === undefined ? '' : ` Reason: ${code}.`}`);
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
