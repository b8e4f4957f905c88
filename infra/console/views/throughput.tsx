import { Throughput as ThroughputView } from '../../../contracts/api/operators.ts';
import { Chart } from '../chart.tsx';
import { count, seconds } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { useResponse } from '../use-response.ts';

const EVERY_MS = 2_000;
const RECENT_PERIODS = 10;

/** The records a second of each consumer, and its lag. */
export function Throughput() {
  const response = useResponse('/ops/throughput', ThroughputView, EVERY_MS);
  const { value } = response;
  return (
    <>
      <h1>Throughput</h1>
      <ResponseState response={response} what="The throughput" />
      {value !== undefined && (
        <>
          <section aria-labelledby="rates">
            <h2 id="rates">Events a second</h2>
            <Chart throughput={value} />
            <table>
              <caption>{`By consumer and type, over the last ${seconds(RECENT_PERIODS * value.periodSeconds)}`}</caption>
              <thead>
                <tr>
                  <th scope="col">Consumer</th>
                  <th scope="col">Type</th>
                  <th scope="col" class="number">
                    A second
                  </th>
                  <th scope="col" class="number">
                    Shown in all
                  </th>
                </tr>
              </thead>
              <tbody>
                {value.series.map(({ consumer, eventType, perSecond }) => (
                  <tr key={`${consumer} ${eventType}`}>
                    <td data-label="Consumer">{consumer}</td>
                    <td data-label="Type">{eventType}</td>
                    <td data-label="A second" class="number">
                      {recentRate(perSecond)}
                    </td>
                    <td data-label="Shown in all" class="number">
                      {count(Math.round(sum(perSecond) * value.periodSeconds))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {value.series.length === 0 && <p>No record was handled yet.</p>}
          </section>
          <section aria-labelledby="lag">
            <h2 id="lag">Lag</h2>
            <table>
              <caption>By shard, where that is known</caption>
              <thead>
                <tr>
                  <th scope="col">Consumer</th>
                  <th scope="col">Shard</th>
                  <th scope="col" class="number">
                    Behind
                  </th>
                  <th scope="col" class="number">
                    Waiting
                  </th>
                  <th scope="col" class="number">
                    Retries
                  </th>
                </tr>
              </thead>
              <tbody>
                {value.lags.map(({ mapping, shardId, state, secondsBehind, recordsWaiting, retries }) => (
                  <tr key={`${mapping} ${shardId ?? ''}`}>
                    <td data-label="Consumer">{mapping}</td>
                    <td data-label="Shard">
                      <span class="id" title={shardId}>
                        {shardId === undefined ? 'all' : `…${shardId.slice(-8)}`}
                      </span>{' '}
                      {state}
                    </td>
                    <td data-label="Behind" class="number">
                      {secondsBehind === undefined ? 'no data' : seconds(secondsBehind)}
                    </td>
                    <td data-label="Waiting" class="number">
                      {recordsWaiting === undefined ? '–' : count(recordsWaiting)}
                    </td>
                    <td data-label="Retries" class="number">
                      {retries ?? '–'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </>
  );
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

function recentRate(perSecond: readonly number[]): string {
  const recent = perSecond.slice(-RECENT_PERIODS);
  return (sum(recent) / Math.max(1, recent.length)).toFixed(1);
}
