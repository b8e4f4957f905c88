import type { SystemStatus } from '../../../../contracts/api/status.ts';
import { addressOf } from '../../data/route.ts';
import { openNumbers } from '../../data/status.ts';
import type { Tone } from '../../parts/basic.tsx';
import { clockTime, count, rate, words } from '../../parts/format.ts';

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly tone?: Tone;
  readonly href?: string;
}

/** Five figures, each with its limit: a red one is beyond it, and its note says so. */
export function Figures({ status }: { readonly status: SystemStatus }) {
  const { rates, sinks, lagLimitSeconds } = status;
  const oldest = oldestOf(status);
  const search = sinks.find(({ name }) => name === 'open-search');
  return (
    <dl class="figures">
      <Figure
        name="Orders placed"
        value={rates.ordersPlaced === undefined ? '–' : rate(rates.ordersPlaced)}
        note={rates.ordersPlaced === undefined ? 'not known' : 'over the last minute'}
      />
      <Figure
        name="Events published"
        value={rates.eventsPublished === undefined ? '–' : rate(rates.eventsPublished)}
        note={rates.eventsPublished === undefined ? 'not known' : 'accepted by the topic'}
      />
      <Figure
        name="Oldest unhandled record"
        value={oldest === undefined ? '–' : clockTime(oldest.secondsBehind)}
        note={`${oldest?.consumer ?? 'no data'} · limit ${clockTime(lagLimitSeconds)}`}
        {...toneAt(oldest?.secondsBehind ?? 0, lagLimitSeconds / 5, lagLimitSeconds)}
      />
      <DeadLettersFigure status={status} />
      <Figure
        name="Search"
        value={search?.state === 'ok' && search.latencyMs !== undefined ? `${search.latencyMs} ms` : '–'}
        note={`OpenSearch: ${search === undefined ? 'not known' : words(search.state)}`}
        {...(search === undefined || search.state === 'ok' ? {} : { tone: 'bad' as const })}
      />
    </dl>
  );
}

function DeadLettersFigure({ status }: { readonly status: SystemStatus }) {
  const numbers = openNumbers(status);
  const common = { name: 'Dead letters', href: addressOf(['dead-letters']) };
  if (numbers === undefined) return <Figure {...common} value="–" note="not known" />;
  const { open, parked, plus } = numbers;
  const recent = `+${count(status.deadLetters?.recent ?? 0)}${plus} in 10 min`;
  const note = `${recent}${parked > 0 ? ` · ${count(parked)}${plus} parked` : ''} · limit 0`;
  return (
    <Figure
      {...common}
      value={`${count(open)}${plus}`}
      note={note}
      {...(open > 0 ? { tone: 'bad' as const } : {})}
    />
  );
}

function Figure({ name, value, note, tone = 'calm', href }: FigureProps) {
  return (
    <div class={`figure ${tone}`}>
      <dt>{href === undefined ? name : <a href={href}>{name}</a>}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        <span class="figure-note">{note}</span>
      </dd>
    </div>
  );
}

const toneAt = (value: number, warning: number, limit: number): { readonly tone?: Tone } => {
  if (value > limit) return { tone: 'bad' };
  return value > warning ? { tone: 'warn' } : {};
};

/** The consumer that is behind most. */
function oldestOf({ consumers }: SystemStatus) {
  return consumers
    .flatMap(({ consumer, secondsBehind }) =>
      secondsBehind === undefined ? [] : [{ consumer, secondsBehind }],
    )
    .toSorted((one, other) => other.secondsBehind - one.secondsBehind)[0];
}
