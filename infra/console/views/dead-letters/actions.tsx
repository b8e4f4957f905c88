import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { REPLAY_RATE_MAX } from '../../../../contracts/api/dead-letters.ts';
import { messageOf } from '../../data/api.ts';
import { Failure } from '../../parts/basic.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DraftField } from '../../parts/draft-field.tsx';
import { count, counted, seconds } from '../../parts/format.ts';
import {
  attemptedIn,
  type Chosen,
  hasMore,
  type PurgePlan,
  planPurge,
  predict,
  predictionWords,
  purgeAll,
  purgeEndWords,
  type ReplaySum,
  replayAll,
  replayEndWords,
  startOf,
  sumWords,
} from './steps.ts';

const RATE_DEFAULT = 20;

interface ActionsProps {
  readonly chosen: Chosen | undefined;
  /** How many the buttons name. */
  readonly number: number;
  readonly changed: () => void;
}

interface Action {
  readonly kind: 'replay' | 'purge';
  readonly chosen: Chosen;
  readonly number: number;
  readonly changed: () => void;
}

const StartAction = createContext<(action: Action) => void>(() => undefined);

/**
 * Shows the dialogs of the actions inside. They are outside of the tables: a table goes away when its last dead letter is handled, and its
 * operator must still see how the action ended.
 */
export function ActionDialogs({ children }: { readonly children: ComponentChildren }) {
  const [action, setAction] = useState<Action | undefined>();
  const close = () => {
    setAction(undefined);
    action?.changed();
  };
  return (
    <StartAction.Provider value={setAction}>
      {children}
      {action?.kind === 'replay' && (
        <ReplayDialog chosen={action.chosen} number={action.number} close={close} />
      )}
      {action?.kind === 'purge' && <PurgeDialog chosen={action.chosen} close={close} />}
    </StartAction.Provider>
  );
}

/** Replays or purges what was chosen, each in a dialog of {@link ActionDialogs} that says first what it will do. */
export function Actions({ chosen, number, changed }: ActionsProps) {
  const start = useContext(StartAction);
  const isEmpty = chosen === undefined || number === 0;
  const open = (kind: Action['kind']) => () =>
    chosen !== undefined && start({ kind, chosen, number, changed });
  return (
    <>
      <button type="button" class="small" disabled={isEmpty} onClick={open('purge')}>
        Purge{isEmpty ? '' : ` (${count(number)})`}…
      </button>
      <button type="button" class="small primary" disabled={isEmpty} onClick={open('replay')}>
        Replay{isEmpty ? '' : ` (${count(number)})`}…
      </button>
    </>
  );
}

interface ActionDialogProps {
  readonly chosen: Chosen;
  readonly close: () => void;
}

/** Dry run, rate, progress with cancel, and the sum. */
function ReplayDialog({ chosen, number, close }: ActionDialogProps & Pick<ActionsProps, 'number'>) {
  const [startedAt, setStartedAt] = useState<string | undefined>();
  const [prediction, setPrediction] = useState<ReplaySum | undefined>();
  const [isCutShort, setIsCutShort] = useState(false);
  const [done, setDone] = useState<ReplaySum | undefined>();
  const [phase, setPhase] = useState<'ready' | 'running' | 'cancelling' | 'ended'>('ready');
  const [failure, setFailure] = useState('');
  const [rate, setRate] = useState(RATE_DEFAULT);
  const cancel = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    const dryRun = async () => {
      const at = await startOf(leaving.signal);
      setStartedAt(at);
      const more = hasMore(chosen, at, leaving.signal).then(setIsCutShort);
      setPrediction((await Promise.all([predict(chosen, at, leaving.signal), more]))[0]);
    };
    dryRun().catch((error: unknown) => {
      if (!leaving.signal.aborted) setFailure(messageOf(error));
    });
    return () => {
      leaving.abort();
      cancel.current.abort();
    };
  }, []);
  const total = prediction === undefined ? number : Math.max(attemptedIn(prediction), prediction.remaining);
  // A replay does not depend on its dry run.
  const isDryRunOver = prediction !== undefined || failure !== '';
  const isRunning = phase === 'running' || phase === 'cancelling';
  const start = async () => {
    setPhase('running');
    setFailure('');
    try {
      const at = startedAt ?? (await startOf());
      setDone(
        await replayAll(chosen, { startedAt: at, rate, cancel: cancel.current.signal, progress: setDone }),
      );
    } catch (error) {
      setFailure(messageOf(error));
    }
    setPhase('ended');
  };
  return (
    <Dialog title={`Replay ${chosen.what}`} close={close} isBusy={isRunning}>
      {!isDryRunOver && phase === 'ready' && (
        <p role="status" class="loading">
          Dry run: comparing each with what the table holds now…
        </p>
      )}
      {prediction !== undefined && phase === 'ready' && (
        <Prediction prediction={prediction} total={total} isCutShort={isCutShort} />
      )}
      {isRunning && (
        <Progress done={done} total={total} isCutShort={isCutShort} isCancelling={phase === 'cancelling'} />
      )}
      {phase === 'ended' && done !== undefined && (
        <p role="status">
          <strong>{sumWords(done)}.</strong> {replayEndWords(done, endOf(failure, cancel.current.signal))}
        </p>
      )}
      <Failure>{failure}</Failure>
      {phase === 'ready' && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void start();
          }}
        >
          {isDryRunOver && (
            <Rate
              rate={rate}
              setRate={setRate}
              total={total}
              isCutShort={isCutShort}
              records={Math.max(total, prediction?.records ?? 0)}
            />
          )}
          <p class="dialog-do">
            <button type="submit" class="primary" disabled={!isDryRunOver || total === 0}>
              Start replay
            </button>
          </p>
        </form>
      )}
      {phase !== 'ready' && (
        <p class="dialog-do">
          {isRunning && (
            <button
              type="button"
              disabled={phase === 'cancelling'}
              onClick={() => {
                cancel.current.abort();
                setPhase('cancelling');
              }}
            >
              Cancel replay
            </button>
          )}
          {phase === 'ended' && (
            <button type="button" class="primary" onClick={close}>
              Done
            </button>
          )}
        </p>
      )}
    </Dialog>
  );
}

const endOf = (failure: string, cancel: AbortSignal) =>
  failure !== '' ? 'failed' : cancel.aborted ? 'cancelled' : 'over';

interface TotalProps {
  readonly total: number;
  /** Whether there are more than `total`. The replay takes them too. */
  readonly isCutShort: boolean;
}

interface PredictionProps extends TotalProps {
  readonly prediction: ReplaySum;
}

/** What the dry run expects. */
const Prediction = ({ prediction, total, isCutShort }: PredictionProps) => (
  <>
    <p role="status">{predictionWords(prediction, total, isCutShort)}</p>
    {prediction.outcomes.failed > 0 && (
      <p class="muted">
        What fails again stays a dead letter with one more attempt, under the same id. Fix its item first:
        open one and set the field.
      </p>
    )}
  </>
);

interface RateProps extends TotalProps {
  readonly rate: number;
  readonly setRate: (rate: number) => void;
  /** How many there are in them, as far as that is known. */
  readonly records: number;
}

/** How fast it is, and what that means: the page sends the replay request by request. */
const Rate = ({ rate, setRate, total, isCutShort, records }: RateProps) => (
  <>
    <DraftField
      label="Rate, in records a second"
      type="number"
      limits={{ min: 1, max: REPLAY_RATE_MAX, required: true }}
      value={String(rate)}
      take={(records) => setRate(Number(records))}
    />
    <p class="muted">
      {isCutShort ? `The first ${count(total)} take` : 'It takes'} {seconds(Math.ceil(records / rate))} or
      more. Keep this page open: the replay ends when you close it, and you can start it again.
    </p>
  </>
);

interface ProgressProps extends TotalProps {
  readonly done: ReplaySum | undefined;
  readonly isCancelling: boolean;
}

function Progress({ done, total, isCutShort, isCancelling }: ProgressProps) {
  const attempted = done === undefined ? 0 : attemptedIn(done);
  return (
    <>
      <progress max={Math.max(1, total, attempted)} value={attempted} aria-label="Progress of the replay" />
      <p role="status">
        {count(attempted)} of {count(Math.max(total, attempted))}
        {isCutShort && ' or more'}: {done === undefined ? 'starting…' : sumWords({ ...done, remaining: 0 })}
        {done !== undefined && done.records > attempted && `, ${counted(done.records, 'record')}`}
        {isCancelling && '. It ends after this step.'}
      </p>
    </>
  );
}

/** Purges only after the operator has typed how many. */
function PurgeDialog({ chosen, close }: ActionDialogProps) {
  const [plan, setPlan] = useState<PurgePlan | undefined>();
  // A request that failed may have deleted some. What is left is then counted, and confirmed, again.
  const [attempt, setAttempt] = useState(1);
  const [typed, setTyped] = useState('');
  const [purged, setPurged] = useState(0);
  const [phase, setPhase] = useState<'ready' | 'running' | 'ended'>('ready');
  const [failure, setFailure] = useState('');
  const [end, setEnd] = useState('');
  const cancel = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    planPurge(chosen, leaving.signal)
      .then(setPlan)
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) setFailure(messageOf(error));
      });
    return () => leaving.abort();
  }, [attempt]);
  useEffect(() => () => cancel.current.abort(), []);
  const total = plan?.parts.reduce((sum, part) => sum + part.total, 0) ?? 0;
  const purge = async (event: Event) => {
    event.preventDefault();
    if (plan === undefined || typed.trim() !== String(total)) return;
    setPhase('running');
    setFailure('');
    try {
      const progress = (number: number) => setPurged(purged + number);
      setEnd(purgeEndWords(await purgeAll(plan, { cancel: cancel.current.signal, progress }), total));
      setPhase('ended');
    } catch (error) {
      setFailure(messageOf(error));
      setPhase('ready');
      setTyped('');
      setPlan(undefined);
      setAttempt(attempt + 1);
    }
  };
  return (
    <Dialog title={`Purge ${chosen.what}`} close={close} isBusy={phase === 'running'}>
      <form onSubmit={purge}>
        {plan === undefined && failure === '' && (
          <p role="status" class="loading">
            Counting…
          </p>
        )}
        {plan !== undefined && phase === 'ready' && total === 0 && (
          <p role="status">None of them is open any more: there is nothing to purge.</p>
        )}
        {plan !== undefined && phase !== 'ended' && total > 0 && (
          <>
            <p>
              This deletes <strong>{counted(total, 'dead letter')}</strong> from the queues. Their records are
              not processed: the topic, the stock and the index may lack them. To fix an item and replay it
              keeps everything.
            </p>
            {plan.isCutShort && <p>These are the latest. There are more: purge again for the others.</p>}
            <label>
              <span>Type {total} to confirm</span>
              <input
                inputMode="numeric"
                autocomplete="off"
                value={typed}
                onInput={({ currentTarget }) => setTyped(currentTarget.value)}
              />
            </label>
          </>
        )}
        {(phase !== 'ready' || purged > 0) && (
          <p role="status">
            {counted(purged, 'dead letter')} purged{phase === 'running' ? '…' : '.'} {end}
          </p>
        )}
        <Failure>{failure}</Failure>
        <p class="dialog-do">
          {phase === 'ended' ? (
            <button type="button" class="primary" onClick={close}>
              Done
            </button>
          ) : (
            <button
              type="submit"
              class="danger"
              disabled={
                phase === 'running' || plan === undefined || total === 0 || typed.trim() !== String(total)
              }
            >
              Purge {counted(total, 'dead letter')}
            </button>
          )}
        </p>
      </form>
    </Dialog>
  );
}
