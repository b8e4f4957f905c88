import { useId, useRef, useState } from 'preact/hooks';
import {
  type DeadLetterIssue,
  FixResult,
  isOfAnotherItem,
  SHORTENED,
} from '../../../../contracts/api/dead-letters.ts';
import { ask, messageOf } from '../../data/api.ts';
import { Failure, Pill } from '../../parts/basic.tsx';
import { fieldOf, words } from '../../parts/format.ts';
import { IssueList } from '../../parts/issues.tsx';

const TYPES = ['text', 'number', 'true or false', 'remove'] as const;
const NUMBER = '-?\\d+(\\.\\d+)?';
type ValueType = (typeof TYPES)[number];
interface Field {
  readonly path: string;
  readonly type: ValueType;
  readonly value: string;
}

/** Sets fields of the item in the table. A dry run comes before each fix: it shows what changes and what is still wrong. */
export function FixForm({
  id,
  issues,
  changed,
}: {
  readonly id: string;
  readonly issues: readonly DeadLetterIssue[];
  readonly changed: () => void;
}) {
  const [fields, setFields] = useState<readonly Field[]>(() => startOf(issues));
  const [result, setResult] = useState<FixResult | undefined>();
  const [failure, setFailure] = useState('');
  const [isRunning, setRunning] = useState(false);
  const latest = useRef(fields);
  latest.current = fields;
  const change = (next: readonly Field[]) => {
    setFields(next);
    setResult(undefined);
  };
  const edit = (place: number, part: Partial<Field>) =>
    change(fields.map((field, at) => (at === place ? { ...field, ...part } : field)));
  const fix = async (dryRun: boolean) => {
    setRunning(true);
    setFailure('');
    try {
      const set = Object.fromEntries(fields.map((field) => [field.path.trim(), setValueOf(field)]));
      const body = { set, dryRun };
      const fixed = await ask(`/ops/dead-letters/${id}/fix`, FixResult, { method: 'POST', body });
      // Fields that have changed meanwhile were not in the dry run.
      if (fixed.isApplied || fields === latest.current) setResult(fixed);
      if (fixed.isApplied) changed();
    } catch (error) {
      setFailure(messageOf(error));
    }
    setRunning(false);
  };
  if (result?.isApplied === true)
    return (
      <section class="fix" aria-label="The fix">
        <Result result={result} />
      </section>
    );
  const isReady = result !== undefined && result.issues.length === 0;
  return (
    <form
      class="fix"
      aria-labelledby="fix"
      onSubmit={(event) => {
        event.preventDefault();
        void fix(true);
      }}
    >
      <h3 id="fix">Fix the item</h3>
      {fields.map((field, place) => (
        <fieldset key={place} class="fix-field">
          <legend class="unseen">Field {place + 1}</legend>
          <label>
            <span>Field</span>
            <input
              required
              value={field.path}
              maxLength={200}
              spellcheck={false}
              onInput={({ currentTarget }) => edit(place, { path: currentTarget.value })}
            />
          </label>
          <label>
            <span>Type</span>
            <select
              value={field.type}
              onChange={({ currentTarget }) => edit(place, { type: typeFrom(currentTarget.value) })}
            >
              {TYPES.map((type) => (
                <option key={type} value={type}>
                  {type}
                </option>
              ))}
            </select>
          </label>
          <ValueField field={field} edit={(value) => edit(place, { value })} />
          {fields.length > 1 && (
            <button
              type="button"
              class="small"
              onClick={() => change(fields.filter((_, at) => at !== place))}
            >
              Leave out<span class="unseen"> field {place + 1}</span>
            </button>
          )}
        </fieldset>
      ))}
      {result !== undefined && <Result result={result} />}
      <Failure>{failure}</Failure>
      <p class="dialog-do">
        <button type="submit" disabled={isRunning}>
          Dry run
        </button>
        <button type="button" class="primary" disabled={isRunning || !isReady} onClick={() => fix(false)}>
          Fix and replay
        </button>
        <button
          type="button"
          class="link"
          onClick={() => change([...fields, { path: '', type: 'text', value: '' }])}
        >
          Another field
        </button>
      </p>
    </form>
  );
}

function ValueField({
  field: { type, value },
  edit,
}: {
  readonly field: Field;
  readonly edit: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="grows">
      <label for={id}>
        <span>New value</span>
      </label>
      {type === 'true or false' ? (
        <select
          id={id}
          value={value === 'true' ? 'true' : 'false'}
          onChange={({ currentTarget }) => edit(currentTarget.value)}
        >
          <option>false</option>
          <option>true</option>
        </select>
      ) : (
        <input
          id={id}
          value={type === 'remove' ? '' : value}
          disabled={type === 'remove'}
          required={type === 'number'}
          inputMode={type === 'number' ? 'decimal' : 'text'}
          pattern={type === 'number' ? NUMBER : undefined}
          maxLength={4_096}
          spellcheck={false}
          onInput={({ currentTarget }) => edit(currentTarget.value)}
        />
      )}
    </div>
  );
}

function Result({ result: { isApplied, issues, changes, replays } }: { readonly result: FixResult }) {
  return (
    <div role="status" class={`notice ${issues.length > 0 ? 'bad' : isApplied ? 'ok' : 'calm'}`}>
      {issues.length > 0 && (
        <>
          <p>
            <strong>Nothing was changed. The item would still violate its contract:</strong>
          </p>
          <IssueList issues={issues} />
        </>
      )}
      {issues.length === 0 && (
        <p>
          <strong>{isApplied ? 'The item is fixed.' : 'The fix keeps the contract. It changes:'}</strong>
        </p>
      )}
      <ul class="changes">
        {changes.map(({ path, before, after }) => (
          <li key={path}>
            <code>{path}</code>{' '}
            <del>
              <bdi>{before ?? 'none'}</bdi>
            </del>{' '}
            →{' '}
            <ins>
              <bdi>{after ?? 'none'}</bdi>
            </ins>
          </li>
        ))}
      </ul>
      {replays.map(({ id, consumer, outcome, code }) => (
        <p key={id}>
          {consumer} <Pill tone={outcome === 'failed' ? 'bad' : 'ok'}>{words(outcome)}</Pill> {code}
        </p>
      ))}
    </div>
  );
}

/** A field for each that is to blame, with the value that it held where that only has the wrong type and is complete. */
function startOf(issues: readonly DeadLetterIssue[]): readonly Field[] {
  const own = issues.filter(({ path }) => !isOfAnotherItem(path));
  const fields = own.map(({ path, message, value = '' }): Field => {
    const isNumber = /\b(?:number|int|integer)\b/.test(message);
    return {
      path: fieldOf(path),
      type: isNumber ? 'number' : 'text',
      value: value.endsWith(SHORTENED) || (isNumber && !/^-?\d+(?:\.\d+)?$/.test(value)) ? '' : value,
    };
  });
  return fields.length === 0 ? [{ path: '', type: 'text', value: '' }] : fields;
}

const typeFrom = (value: string): ValueType => TYPES.find((type) => type === value) ?? 'text';

function setValueOf({ type, value }: Field): string | number | boolean | null {
  if (type === 'remove') return null;
  if (type === 'number') return Number(value);
  return type === 'true or false' ? value === 'true' : value;
}
