import { useState } from 'preact/hooks';
import { Throughput } from '../../../../contracts/api/operators.ts';
import { LagHistory } from '../../../../contracts/api/status.ts';
import { pathOf } from '../../data/api.ts';
import { useLast, useResponse } from '../../data/use-response.ts';
import { Card } from '../../parts/basic.tsx';
import { clockTime, rate, seconds } from '../../parts/format.ts';
import { LineChart } from '../../parts/line-chart.tsx';
import { ResponseState } from '../../parts/response-state.tsx';

const SPANS = [
  { minutes: 15, name: '15 min' },
  { minutes: 60, name: '1 h' },
  { minutes: 360, name: '6 h' },
  { minutes: 1_440, name: '24 h' },
];
/** Where the axis of the lag may end, in seconds: from 10 s to 24 h. */
const STEPS = [10, 30, 60, 120, 240, 360, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
const LAG_EVERY_MS = 15_000;
const THROUGHPUT_EVERY_MS = 5_000;

/** How far each consumer was behind, with the limit of the alarm. */
export function LagHistoryCard() {
  const [minutes, setMinutes] = useState(15);
  const response = useResponse(pathOf('/ops/lag', { minutes }), LagHistory, LAG_EVERY_MS);
  const history = useLast(response);
  return (
    <Card
      id="lag"
      title="Lag"
      tools={
        <fieldset class="segments">
          <legend class="unseen">Span of the lag</legend>
          {SPANS.map((span) => (
            <button
              key={span.minutes}
              type="button"
              class="small"
              aria-pressed={span.minutes === minutes}
              onClick={() => setMinutes(span.minutes)}
            >
              {span.name}
            </button>
          ))}
        </fieldset>
      }
    >
      <ResponseState response={response} what="The lag" />
      {history !== undefined && (
        <LineChart
          label={`Seconds behind the table over ${seconds(minutes * 60)}: ${summaryOf(history)}`}
          from={history.from}
          periodSeconds={history.periodSeconds}
          series={history.series.map(({ consumer, secondsBehind }) => ({
            name: consumer,
            values: secondsBehind,
          }))}
          limit={{
            value: history.limitSeconds,
            name: `alarm at ${clockTime(history.limitSeconds)}`,
          }}
          write={clockTime}
          steps={STEPS}
        />
      )}
    </Card>
  );
}

const summaryOf = ({ series }: LagHistory): string =>
  series
    .map(({ consumer, secondsBehind }) => {
      const highest = Math.max(0, ...secondsBehind.map((value) => value ?? 0));
      return `${consumer} at most ${clockTime(highest)}`;
    })
    .join(', ');

/** The records a second of each consumer. */
export function ThroughputCard() {
  const response = useResponse('/ops/throughput', Throughput, THROUGHPUT_EVERY_MS);
  const { value } = response;
  return (
    <Card id="throughput" title="Records a second">
      <ResponseState response={response} what="The throughput" />
      {value !== undefined &&
        (value.series.length === 0 ? (
          <p class="empty">No record was handled within this time.</p>
        ) : (
          <LineChart
            label="Records that each consumer handled in a second"
            from={value.from}
            periodSeconds={value.periodSeconds}
            series={byConsumer(value)}
            write={rate}
          />
        ))}
    </Card>
  );
}

/** The sum of the event types of each consumer. */
function byConsumer({ series }: Throughput) {
  const groups = Map.groupBy(series, ({ consumer }) => consumer);
  return [...groups].map(([name, types]) => ({
    name,
    values: (types[0]?.perSecond ?? []).map((_, index) =>
      types.reduce((sum, { perSecond }) => sum + (perSecond[index] ?? 0), 0),
    ),
  }));
}
