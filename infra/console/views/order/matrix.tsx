import type { ComponentChildren } from 'preact';
import type { Effect, TimelineEvent, TimelineVersion } from '../../../../contracts/api/timeline.ts';
import { deadLetterAddress } from '../../data/route.ts';
import { At, Mark, type Tone } from '../../parts/basic.tsx';
import { exactTime, words as inWords, latency } from '../../parts/format.ts';

const EVENTS = { title: 'Events on SNS', done: 'published', pending: 'not published yet' } as const;
const COLUMNS = [
  { name: 'stock', title: 'Stock', done: 'done', pending: 'not done yet' },
  { name: 'stats', title: 'Stats', done: 'counted', pending: 'not counted yet' },
  { name: 'search', title: 'Search', done: 'indexed', pending: 'not indexed yet' },
  { name: 'mail', title: 'Mail', done: 'sent', pending: 'not sent yet' },
] as const;
/** How the states of an effect are called. */
type Words = Readonly<Record<'done' | 'pending', string>>;

/** The versions of an order by their effects: what is done with its latency, what is retried and why, what is a dead letter. */
export function Matrix({ versions }: { readonly versions: readonly TimelineVersion[] }) {
  if (versions.length === 0)
    return (
      <p class="empty">No version of it has reached order-events yet, or all are older than what is kept.</p>
    );
  return (
    <table class="matrix">
      <caption class="unseen">Versions by their effects, the oldest first</caption>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">{EVENTS.title}</th>
          {COLUMNS.map(({ name, title }) => (
            <th key={name} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {versions.map((version) => (
          <tr key={version.version}>
            <th scope="row">
              <strong>{version.status ?? 'removed'}</strong>
              <span class="under">
                <At at={version.at} />
              </span>
              <span class="under id" title="The version of the item">
                {version.version}
              </span>
            </th>
            <td data-label={EVENTS.title}>
              <EventCells version={version} />
            </td>
            {COLUMNS.map((column) => (
              <td key={column.name} data-label={column.title}>
                <EffectCell effect={version[column.name]} words={column} version={version} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EventCells({ version }: { readonly version: TimelineVersion }) {
  if (version.events.length === 0) return <span class="muted">none</span>;
  return (
    <ul class="plain" aria-label="Events of this version">
      {version.events.map((event) => (
        <li key={event.id}>
          <EffectCell effect={event.publication} words={EVENTS} version={version} event={event} />
        </li>
      ))}
    </ul>
  );
}

interface CellProps {
  readonly effect: Effect;
  readonly words: Words;
  readonly version: TimelineVersion;
  readonly event?: TimelineEvent;
}

function EffectCell({ effect, words, version, event }: CellProps) {
  const name = event !== undefined && (
    <span class="under id" title={event.messageId ?? event.publisher}>
      {event.type}
    </span>
  );
  switch (effect.state) {
    case 'done':
      return (
        <Cell tone="ok" word={effect.detail ?? words.done}>
          {effect.at !== undefined && (
            <span title={exactTime(effect.at)}>{latency(version.at, effect.at)}</span>
          )}
          {name}
        </Cell>
      );
    case 'pending':
      return (
        <Cell tone="warn" word={words.pending}>
          pending
          {name}
        </Cell>
      );
    case 'retrying':
      return (
        <Cell tone="bad" word={words.pending}>
          attempt {effect.attempt} since <At at={effect.since} />
          <span class="under">
            <code>{effect.code}</code> {effect.message}
          </span>
          {effect.until !== undefined && (
            <span class="under">
              a dead letter at <At at={effect.until} /> if it goes on
            </span>
          )}
          {name}
        </Cell>
      );
    case 'dead-lettered':
      return (
        <Cell tone="bad" word="dead letter">
          <a class="id" href={deadLetterAddress(effect.id)}>
            {effect.id.slice(0, 8)}
          </a>
          {name}
        </Cell>
      );
    case 'suppressed':
      return (
        <Cell tone="calm" word="not sent">
          {inWords(effect.reason)}
        </Cell>
      );
    case 'none':
      return <span class="muted">none</span>;
    case 'unknown':
      return <span class="muted">not known{name}</span>;
  }
}

const Cell = ({
  tone,
  word,
  children,
}: {
  readonly tone: Tone;
  readonly word: string;
  readonly children?: ComponentChildren;
}) => (
  <span class="effect">
    <span class={tone}>
      <Mark tone={tone} /> {word}
    </span>
    <span class="under">{children}</span>
  </span>
);
