import { useState } from 'preact/hooks';
import { ConsumerState, type ConsumerStatus, type SystemStatus } from '../../../../contracts/api/status.ts';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import { ask, messageOf } from '../../data/api.ts';
import { Ago, Failure, Pill, type Tone } from '../../parts/basic.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { clockTime, counted, rate } from '../../parts/format.ts';

export const TONES: Readonly<Record<ConsumerStatus['state'], Tone>> = {
  running: 'ok',
  retrying: 'warn',
  failing: 'bad',
  paused: 'warn',
  unknown: 'calm',
};

/** What stops while a consumer is paused. */
const EFFECTS: Readonly<Record<ConsumerName, string>> = {
  'order-events': 'Events, stock, daily stats and mails wait.',
  'search-index': 'Searches do not find what is written from now on.',
};

/** The two consumers, and how to pause and resume them. */
export function Consumers({
  status,
  reload,
}: {
  readonly status: SystemStatus;
  readonly reload: () => void;
}) {
  const [asked, setAsked] = useState<ConsumerStatus | undefined>();
  const [said, say] = useState('');
  return (
    <>
      <table>
        <caption class="unseen">The consumers of the stream</caption>
        <thead>
          <tr>
            <th scope="col">Consumer</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Behind
            </th>
            <th scope="col" class="number">
              Records
            </th>
            <th scope="col">Retries</th>
            <th scope="col">
              <span class="unseen">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {status.consumers.map((one) => (
            <tr key={one.consumer} id={`consumer-${one.consumer}`}>
              <td data-label="Consumer">
                <strong>{one.consumer}</strong>
              </td>
              <td data-label="State">
                <Pill tone={TONES[one.state]}>{one.state}</Pill>
              </td>
              <td data-label="Behind" class="number">
                {one.secondsBehind === undefined ? 'no data' : clockTime(one.secondsBehind)}
              </td>
              <td data-label="Records" class="number">
                {one.recordsPerSecond === undefined ? 'no data' : rate(one.recordsPerSecond)}
              </td>
              <td data-label="Retries">
                {one.attempt === undefined ? (
                  <span class="muted">none</span>
                ) : (
                  <span>
                    attempt {one.attempt}
                    {one.records !== undefined && ` of ${counted(one.records, 'record')}`}
                    {one.failingSince !== undefined && (
                      <>
                        , failing since <Ago at={one.failingSince} />
                      </>
                    )}
                  </span>
                )}
              </td>
              <td class="row-do">
                <button
                  type="button"
                  class="small"
                  aria-label={`${verbOf(one)}… ${one.consumer}`}
                  onClick={() => setAsked({ ...one })}
                >
                  {verbOf(one)}…
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="state" role="status">
        {said}
      </p>
      {asked !== undefined && (
        <PauseDialog
          consumer={asked.consumer}
          isPaused={asked.state === 'paused'}
          close={() => setAsked(undefined)}
          done={(text) => {
            // A request may end after its dialog was closed, and another one opened.
            setAsked((now) => (now === asked ? undefined : now));
            say(text);
            reload();
          }}
          failed={(text) => {
            say(`${asked.consumer}: ${text}`);
            reload();
          }}
        />
      )}
    </>
  );
}

const verbOf = ({ state }: ConsumerStatus): string => (state === 'paused' ? 'Resume' : 'Pause');

interface PauseDialogProps {
  readonly consumer: ConsumerName;
  readonly isPaused: boolean;
  readonly close: () => void;
  readonly done: (text: string) => void;
  /** Called where the request fails: the dialog may be closed by then, or about to be. */
  readonly failed: (text: string) => void;
}

function PauseDialog({ consumer, isPaused, close, done, failed }: PauseDialogProps) {
  const [failure, setFailure] = useState('');
  const [isRunning, setRunning] = useState(false);
  const verb = isPaused ? 'resume' : 'pause';
  const act = async () => {
    setRunning(true);
    setFailure('');
    try {
      const { state } = await ask(`/ops/consumers/${consumer}/${verb}`, ConsumerState, { method: 'POST' });
      done(`${consumer}: the event source mapping is ${state.toLowerCase()}. A change takes some seconds.`);
    } catch (error) {
      failed(`the ${verb} failed. ${messageOf(error)}`);
      setRunning(false);
      setFailure(messageOf(error));
    }
  };
  return (
    <Dialog title={`${isPaused ? 'Resume' : 'Pause'} ${consumer}?`} close={close}>
      {isPaused ? (
        <p>It goes on from its checkpoint, with the oldest record that it has not handled.</p>
      ) : (
        <p>
          {EFFECTS[consumer]} The records wait in the stream. The overview shows until when to resume{' '}
          {consumer}: after that the oldest become dead letters, and once they are 24 hours old they are lost.
        </p>
      )}
      <Failure>{failure}</Failure>
      <p class="dialog-do">
        <button type="button" class={isPaused ? 'primary' : 'danger'} onClick={act} disabled={isRunning}>
          {isPaused ? 'Resume' : 'Pause'} {consumer}
        </button>
        <button type="button" onClick={close} disabled={isRunning}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}
