import { useEffect, useState } from 'preact/hooks';
import type { ConsumerStatus, SinkName, SinkStatus, SystemStatus } from '../../../../contracts/api/status.ts';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import { addressOf } from '../../data/route.ts';
import { openNumbers } from '../../data/status.ts';
import { Pill, type Tone } from '../../parts/basic.tsx';
import { clockTime, count, counted, rate } from '../../parts/format.ts';
import { TONES } from './consumers.tsx';
import { type Layout, NARROW, type NodeName, WIDE } from './topology-layout.ts';

const NARROW_PAGE = '(max-width: 52rem)';
const MARKS: Readonly<Record<Tone, string>> = { ok: '●', warn: '!', bad: '✖', calm: '' };
const SINK_WORDS: Readonly<Record<SinkStatus['state'], string>> = {
  ok: 'responds',
  'no-response': 'does not respond',
  missing: 'is missing',
  denied: 'access denied',
  failing: 'is failing',
};
const SINK_NAMES: Readonly<Record<SinkName, string>> = {
  table: 'Table',
  'operations-table': 'Operations table',
  topic: 'SNS topic',
  'open-search': 'OpenSearch',
  'dead-letter-queues': 'Dead-letter queues',
};
/** Where each consumer writes to, and what has to respond for that. */
const SINKS_OF: Readonly<Record<ConsumerName, readonly (readonly [NodeName, SinkName, string])[]>> = {
  'order-events': [
    ['topic', 'topic', 'SNS topic'],
    ['stock', 'table', 'Stock'],
    ['stats', 'table', 'Daily stats'],
  ],
  'search-index': [['open-search', 'open-search', 'OpenSearch']],
};
const CONSUMERS: readonly ConsumerName[] = ['order-events', 'search-index'];

/** The way of a record from the table to what the consumers write to, with what holds it up in red. */
export function Topology({ status }: { readonly status: SystemStatus }) {
  const layout = useLayout();
  const { width, height, boxes } = layout;
  const numbers = openNumbers(status);
  const sinkOf = (name: SinkName) => status.sinks.find((sink) => sink.name === name);
  const toneOf = (name: SinkName): Tone => {
    const sink = sinkOf(name);
    if (sink === undefined) return 'calm';
    return sink.state === 'ok' ? 'ok' : 'bad';
  };
  const wordOf = (name: SinkName): string => SINK_WORDS[sinkOf(name)?.state ?? 'ok'];
  const consumers = CONSUMERS.map(
    (name) => status.consumers.find(({ consumer }) => consumer === name) ?? unknownConsumer(name),
  );
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no other element for a group. */}
      <svg
        class="topology"
        role="group"
        aria-label="From the table to the sinks"
        viewBox={`0 0 ${width} ${height}`}
      >
        <Arrows />
        <Edge layout={layout} from="table" to="stream" />
        {consumers.map(({ consumer, state, recordsPerSecond }) => (
          <g key={consumer}>
            <path
              class="edge quiet"
              d={layout.deadLetterEdge(boxes[consumer], boxes[`${consumer}-dead-letters`])}
              marker-end="url(#arrow-calm)"
            />
            <Edge
              layout={layout}
              from="stream"
              to={consumer}
              tone={state === 'paused' ? 'warn' : 'calm'}
              label={
                state === 'paused'
                  ? 'paused'
                  : recordsPerSecond === undefined
                    ? undefined
                    : rate(recordsPerSecond)
              }
            />
            {SINKS_OF[consumer].map(([node, sink]) => (
              <Edge
                key={node}
                layout={layout}
                from={consumer}
                to={node}
                tone={toneOf(sink) === 'bad' ? 'bad' : 'calm'}
              />
            ))}
          </g>
        ))}
        <Node
          layout={layout}
          name="table"
          tone={toneOf('table')}
          title="Table"
          lines={[toneOf('table') === 'bad' ? wordOf('table') : writesOf(status)]}
        />
        <Node layout={layout} name="stream" tone="calm" title="Stream" lines={['24 h kept']} />
        {consumers.map((one) => (
          <Node
            key={one.consumer}
            layout={layout}
            name={one.consumer}
            tone={TONES[one.state]}
            title={one.consumer}
            lines={linesOf(one)}
          />
        ))}
        {consumers.flatMap(({ consumer }) =>
          SINKS_OF[consumer].map(([node, sink, title]) => (
            <Node
              key={node}
              layout={layout}
              name={node}
              tone={toneOf(sink)}
              title={
                node === 'topic' && status.rates.eventsPublished !== undefined
                  ? `${title} · ${rate(status.rates.eventsPublished)}`
                  : title
              }
              lines={[wordOf(sink)]}
            />
          )),
        )}
        {CONSUMERS.map((consumer) => {
          const waiting = status.deadLetters?.waiting[consumer];
          return (
            <a key={consumer} href={addressOf(['dead-letters'], { consumer })} class="node-link">
              <Node
                layout={layout}
                name={`${consumer}-dead-letters`}
                tone={toneOf('dead-letter-queues') === 'bad' || (waiting ?? 0) > 0 ? 'bad' : 'calm'}
                title={waiting === undefined ? 'dead letters' : counted(waiting, 'dead letter')}
                lines={[queueText(status, consumer)]}
              />
            </a>
          );
        })}
      </svg>
      <ul class="sinks" aria-label="Sinks">
        {status.sinks.map(({ name, state, code, latencyMs }) => (
          <li key={name}>
            {SINK_NAMES[name]}{' '}
            <Pill tone={state === 'ok' ? 'ok' : 'bad'}>
              {SINK_WORDS[state]}
              {state === 'ok' && latencyMs !== undefined && ` in ${count(latencyMs)} ms`}
              {state !== 'ok' && code !== undefined && `: ${code}`}
            </Pill>
          </li>
        ))}
        {numbers !== undefined && numbers.parked > 0 && (
          <li>
            <a href={addressOf(['dead-letters'], { state: 'parked' })}>
              {`${count(numbers.parked)}${numbers.plus} parked`}
            </a>
          </li>
        )}
      </ul>
    </>
  );
}

const queueText = ({ deadLetters }: SystemStatus, consumer: ConsumerName): string => {
  if (deadLetters === undefined) return 'not known';
  if (deadLetters.isCutShort) return 'or more';
  return deadLetters.waiting[consumer] === 0 ? 'empty' : counted(deadLetters.causes[consumer], 'cause');
};

const unknownConsumer = (consumer: ConsumerName): ConsumerStatus => ({ consumer, state: 'unknown' });

const writesOf = ({ rates: { ordersPlaced } }: SystemStatus): string =>
  ordersPlaced === undefined ? 'source of truth' : `${rate(ordersPlaced)} orders`;

/** What a consumer does, as short as its node needs. */
function linesOf({
  state,
  secondsBehind,
  recordsPerSecond,
  attempt,
  records,
}: ConsumerStatus): readonly string[] {
  const behind = secondsBehind === undefined ? 'lag not known' : `${clockTime(secondsBehind)} behind`;
  const handled = recordsPerSecond === undefined ? '' : ` · ${rate(recordsPerSecond)}`;
  const retried = attempt === undefined ? '' : ` · attempt ${attempt}`;
  return [
    `${state}${retried}`,
    `${behind}${records === undefined ? handled : ` · ${counted(records, 'record')}`}`,
  ];
}

const Arrows = () => (
  <defs>
    {(['calm', 'warn', 'bad'] as const).map((tone) => (
      <marker
        key={tone}
        id={`arrow-${tone}`}
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="7"
        markerHeight="7"
        orient="auto"
      >
        <path class={`arrow ${tone}`} d="M0 0 8 4 0 8z" />
      </marker>
    ))}
  </defs>
);

interface EdgeProps {
  readonly layout: Layout;
  readonly from: NodeName;
  readonly to: NodeName;
  readonly tone?: 'calm' | 'warn' | 'bad';
  readonly label?: string | undefined;
}

function Edge({ layout, from, to, tone = 'calm', label }: EdgeProps) {
  const { path, labelX, labelY } = layout.edge(layout.boxes[from], layout.boxes[to]);
  return (
    <>
      <path class={`edge ${tone}`} d={path} marker-end={`url(#arrow-${tone})`} />
      {label !== undefined && (
        <text class="edge-label" x={labelX} y={labelY} text-anchor="middle">
          {label}
        </text>
      )}
    </>
  );
}

interface NodeProps {
  readonly layout: Layout;
  readonly name: NodeName;
  readonly tone: Tone;
  readonly title: string;
  readonly lines: readonly string[];
}

function Node({ layout, name, tone, title, lines }: NodeProps) {
  const { x, y, width, height } = layout.boxes[name];
  const textTop = y + height / 2 - (lines.length * 17) / 2;
  return (
    <g class={`node ${tone}`}>
      <rect x={x} y={y} width={width} height={height} rx="8" />
      <text class="node-title" x={x + 12} y={textTop + 4}>
        {MARKS[tone]} {title}
      </text>
      {lines.map((line, index) => (
        <text key={line} class="node-line" x={x + 12} y={textTop + 4 + (index + 1) * 17}>
          {line}
        </text>
      ))}
    </g>
  );
}

function useLayout(): Layout {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW_PAGE).matches);
  useEffect(() => {
    const query = matchMedia(NARROW_PAGE);
    const follow = () => setNarrow(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isNarrow ? NARROW : WIDE;
}
