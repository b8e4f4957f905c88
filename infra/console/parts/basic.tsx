import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useNow, useZone } from '../data/settings.ts';
import { ago, exactTime, timeOfDay } from './format.ts';

/** The colour of a state. A word always stands beside it. */
export type Tone = 'ok' | 'warn' | 'bad' | 'calm';
const MARKS: Readonly<Record<Tone, string>> = { ok: '✓', warn: '!', bad: '✖', calm: '·' };

/** A state: a mark, and the word in its colour. */
export const Pill = ({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`pill ${tone}`}>
    <span aria-hidden="true">{MARKS[tone]}</span> {children}
  </span>
);

/** The mark of a tone before a word that has the tone's colour. */
export const Mark = ({ tone }: { readonly tone: Tone }) => (
  <span class="mark-of" aria-hidden="true">
    {MARKS[tone]}
  </span>
);

/** How long ago something was; the exact time with its zone on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  useZone();
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at, now)}
    </time>
  );
}

/** The time of the day with its zone; how long ago on hover. */
export function At({ at }: { readonly at: string }) {
  useZone();
  return (
    <time dateTime={at} title={`${exactTime(at)}, ${ago(at, Date.now())}`}>
      {timeOfDay(at)}
    </time>
  );
}

const SAID_MS = 2_000;

/** Copies a text, and says so. */
export function Copy({ text, children = 'Copy' }: { readonly text: string; readonly children?: string }) {
  const [said, say] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      say('Copying is not allowed here');
    }
    clearTimeout(timer.current);
    timer.current = setTimeout(() => say(''), SAID_MS);
  };
  return (
    <button type="button" class="small" onClick={copy}>
      {said === '' ? children : <span role="status">{said}</span>}
    </button>
  );
}

/** Why an action failed; nothing while it is empty. */
export const Failure = ({ children }: { readonly children: string }) =>
  children === '' ? null : (
    <p class="failure" role="alert">
      {children}
    </p>
  );

/** A text that may be wide or long; the keyboard can scroll it. */
export const Pre = ({ children, label }: { readonly children: string; readonly label: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: a section cannot keep the lines of its text.
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in the reach of the keyboard.
  <pre role="group" tabIndex={0} aria-label={label}>
    {children}
  </pre>
);

/** A box with a heading and what belongs to its right. */
export function Card({
  id,
  title,
  tools,
  kind = '',
  children,
}: {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly kind?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={`card ${kind}`} aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {tools !== undefined && <div class="tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

/** The head of a view: where it is, its heading and its tools. */
export function Head({
  trail,
  title,
  tools,
  children,
}: {
  readonly trail?: ComponentChildren;
  readonly title: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="head">
      <div class="head-words">
        {trail !== undefined && <p class="trail">{trail}</p>}
        <h1>{title}</h1>
        {children}
      </div>
      {tools !== undefined && <div class="tools">{tools}</div>}
    </div>
  );
}
