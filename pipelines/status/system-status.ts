import { LAG_LIMIT_SECONDS, type SystemProblem, type SystemStatus } from '../../contracts/api/status.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { instantOf } from '../clock.ts';
import { consumerView, rounded } from './consumer-status.ts';
import type { OpenCauses } from './open-dead-letters.ts';
import {
  deadLettersParked,
  deadLettersWaiting,
  sinkUnreachable,
  sourceUnavailable,
  verificationDiffers,
} from './problems.ts';
import type { StatusInputs } from './status-inputs.ts';

/** Says what is wrong, since when, why, and until when nothing is lost. All is well where it finds no problem. */
export function systemStatus(inputs: StatusInputs): SystemStatus {
  const consumers = ConsumerName.options.map((consumer) => consumerView(inputs, consumer));
  const named = new Set(consumers.flatMap(({ sink }) => (sink === undefined ? [] : [sink.name])));
  const problems = [
    ...consumers.flatMap(({ problem }) => problem ?? []),
    ...inputs.sinks.filter(({ name, state }) => state !== 'ok' && !named.has(name)).map(sinkUnreachable),
    ...inputs.unavailable.map(sourceUnavailable),
    ...(inputs.openCauses === undefined ? [] : deadLetterProblems(inputs.openCauses)),
    ...verificationProblems(inputs.verification),
  ].toSorted((one, other) => rank(one) - rank(other));
  return {
    at: instantOf(inputs.at),
    verdict: problems[0]?.severity ?? 'ok',
    problems,
    consumers: consumers.map(({ status }) => status),
    sinks: [...inputs.sinks],
    deadLetters: inputs.openCauses && deadLetterCounts(inputs.openCauses),
    verification: inputs.verification,
    rates: {
      ordersPlaced: rounded(inputs.metrics?.ordersPerSecond),
      eventsPublished: rounded(inputs.metrics?.eventsPerSecond),
    },
    lagLimitSeconds: LAG_LIMIT_SECONDS,
  };
}

const verificationProblems = (verification: StatusInputs['verification']): SystemProblem[] =>
  verification === undefined || verification.differences === 0
    ? []
    : [verificationDiffers(verification.at, verification.differences)];

function deadLetterProblems({ causes, isCutShort }: OpenCauses): SystemProblem[] {
  const waiting = ConsumerName.options.flatMap((consumer) => {
    const [first, ...others] = causes.filter((cause) => cause.consumer === consumer && cause.waiting > 0);
    return first === undefined ? [] : [deadLettersWaiting(consumer, [first, ...others], isCutShort)];
  });
  const [first, ...others] = causes.filter((cause) => cause.parked > 0);
  return first === undefined ? waiting : [...waiting, deadLettersParked([first, ...others], isCutShort)];
}

function deadLetterCounts({ causes, isCutShort }: OpenCauses): SystemStatus['deadLetters'] {
  const sum = (member: 'waiting' | 'parked' | 'recent', consumer?: ConsumerName): number =>
    causes
      .filter((cause) => consumer === undefined || cause.consumer === consumer)
      .reduce((all, cause) => all + cause[member], 0);
  const count = (consumer: ConsumerName): number =>
    new Set(causes.flatMap((cause) => (cause.consumer === consumer ? [cause.causeId] : []))).size;
  return {
    waiting: {
      'order-events': sum('waiting', 'order-events'),
      'search-index': sum('waiting', 'search-index'),
    },
    parked: sum('parked'),
    causes: { 'order-events': count('order-events'), 'search-index': count('search-index') },
    recent: sum('recent'),
    isCutShort,
  };
}

const SEVERITIES: readonly SystemProblem['severity'][] = ['failing', 'warning'];
const rank = ({ severity }: SystemProblem): number => SEVERITIES.indexOf(severity);
