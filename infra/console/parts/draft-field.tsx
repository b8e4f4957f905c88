import { useState } from 'preact/hooks';

interface DraftFieldProps {
  readonly label: string;
  readonly type: 'number' | 'date';
  readonly limits: Readonly<Record<string, number | string | boolean>>;
  readonly value: string;
  readonly take: (value: string) => void;
  readonly class?: string;
}

/** A field whose value counts once it is complete: what is typed until then stays, while other parts of the page change. */
export function DraftField({ label, type, limits, value, take, class: name }: DraftFieldProps) {
  const [draft, setDraft] = useState<string | undefined>();
  const [valueBefore, setValueBefore] = useState(value);
  // Another part of the page, or Back, changed it.
  if (value !== valueBefore) {
    setValueBefore(value);
    setDraft(undefined);
  }
  return (
    <label class={name}>
      <span>{label}</span>
      <input
        type={type}
        {...limits}
        value={draft ?? value}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onChange={({ currentTarget }) => {
          if (!currentTarget.reportValidity()) return;
          setDraft(undefined);
          take(currentTarget.value);
        }}
      />
    </label>
  );
}
