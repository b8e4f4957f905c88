import { type VerificationRun, VerificationRuns } from '../../../../contracts/api/status.ts';
import { MS_PER_SECOND } from '../../../../contracts/units.ts';
import { useResponse } from '../../data/use-response.ts';
import { Ago, Card, Copy, Pill } from '../../parts/basic.tsx';
import { count, counted, seconds } from '../../parts/format.ts';
import { ResponseState } from '../../parts/response-state.tsx';

const EVERY_MS = 60_000;
const COMMAND = 'npm run ops -- verify';

/**
 * What the last run of `verify` found. It cannot be started here: it reads the complete table and each index, which takes longer than a
 * request may, and its rights are those of the operator who runs it.
 */
export function VerificationCard() {
  const response = useResponse('/ops/verify', VerificationRuns, EVERY_MS);
  const last = response.value?.runs[0];
  return (
    <Card
      id="verification"
      title="Table and what derives from it"
      tools={<Copy text={COMMAND}>Copy command</Copy>}
    >
      <ResponseState response={response} what="The results of verify" />
      {response.value !== undefined && last === undefined && (
        <p class="empty">
          Not verified in the last 90 days. Run <code>{COMMAND}</code>.
        </p>
      )}
      {last !== undefined && <Run run={last} />}
      <p class="muted">
        <code>{COMMAND}</code> reads the complete table, so it runs on the command line.
      </p>
    </Card>
  );
}

function Run({ run }: { readonly run: VerificationRun }) {
  const { at, by, durationMs, differences, inconclusive, malformed, checks, findings } = run;
  const tone = differences > 0 ? 'bad' : inconclusive + malformed > 0 ? 'warn' : 'ok';
  const found = [
    ...(differences > 0 ? [counted(differences, 'difference')] : []),
    ...(inconclusive > 0 ? [`${count(inconclusive)} inconclusive`] : []),
    ...(malformed > 0 ? [`${count(malformed)} malformed`] : []),
  ];
  return (
    <>
      <p class="facts">
        <Pill tone={tone}>{found.join(', ') || 'No differences'}</Pill>, verified <Ago at={at} /> by{' '}
        <bdi>{by}</bdi>, in {seconds(durationMs / MS_PER_SECOND)}
      </p>
      {differences > 0 && (
        <p>
          {checks
            .filter((one) => one.differences > 0)
            .map((one) => `${one.check} ${count(one.differences)}`)
            .join(', ')}
        </p>
      )}
      {findings.length > 0 && (
        <table>
          <caption class="unseen">Differences</caption>
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col">Subject</th>
              <th scope="col">Difference</th>
            </tr>
          </thead>
          <tbody>
            {findings.map(({ check, id, detail }) => (
              <tr key={`${check} ${id} ${detail}`}>
                <td data-label="Check">{check}</td>
                <td data-label="Subject">
                  <bdi class="id">{id}</bdi>
                </td>
                <td data-label="Difference">{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {findings.length < differences && <p>The report of the command has the others.</p>}
    </>
  );
}
