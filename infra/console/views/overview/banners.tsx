import type { SystemProblem, SystemStatus } from '../../../../contracts/api/status.ts';
import { addressOf } from '../../data/route.ts';
import { useNow, useZone } from '../../data/settings.ts';
import { At, Copy, Mark } from '../../parts/basic.tsx';
import { ago, counted, timeOfDay } from '../../parts/format.ts';

/** One banner for each problem, the worst first; or that all is well. */
export function Banners({ status: { problems, at } }: { readonly status: SystemStatus }) {
  useZone();
  if (problems.length === 0)
    return (
      <div class="banner ok">
        <Mark tone="ok" />
        <p class="banner-words">
          <strong>All is well.</strong> Both consumers follow the stream, every sink responds, and nothing
          waits for you. <span class="muted">Checked at {timeOfDay(at)}.</span>
        </p>
      </div>
    );
  return (
    <section aria-label={counted(problems.length, 'problem')}>
      {problems.map((problem) => (
        <Banner key={problem.id} problem={problem} />
      ))}
    </section>
  );
}

function Banner({ problem }: { readonly problem: SystemProblem }) {
  const { severity, title, impact, cause, since, consumer, attempt, records, runbook, command } = problem;
  const now = useNow();
  const tone = severity === 'failing' ? 'bad' : 'warn';
  const retried =
    attempt === undefined
      ? undefined
      : `${consumer ?? 'The consumer'} is at attempt ${attempt}${records === undefined ? '' : ` of ${counted(records, 'record')}`}.`;
  return (
    <article class={`banner ${tone}`}>
      <Mark tone={tone} />
      <div class="banner-words">
        <p>
          <strong>
            <span class="unseen">{severity === 'failing' ? 'Failing: ' : 'Warning: '}</span>
            {title}
          </strong>{' '}
          {since !== undefined && (
            <span class="nobreak">
              since <At at={since} /> ({ago(since, now)})
            </span>
          )}
        </p>
        <p>
          {retried} {impact}
        </p>
        <p>
          <code>
            {cause.code}: {cause.message}
          </code>
        </p>
        <p class="muted">
          Start with <code>{command}</code> <Copy text={command}>Copy command</Copy>
        </p>
      </div>
      <div class="banner-do">
        <a class="button" href={addressOf(['runbook', runbook])}>
          Runbook
        </a>
        {actionOf(problem)}
      </div>
    </article>
  );
}

/** The view in which an operator acts on a problem. */
function actionOf({ id, consumer }: SystemProblem) {
  if (/dead-letter|parked/.test(id))
    return (
      <a
        class="button primary"
        href={addressOf(['dead-letters'], {
          ...(consumer === undefined ? {} : { consumer }),
          ...(id.includes('parked') ? { state: 'parked' } : {}),
        })}
      >
        Dead letters
      </a>
    );
  return consumer === undefined ? undefined : (
    <button
      type="button"
      onClick={() => document.getElementById(`consumer-${consumer}`)?.scrollIntoView({ block: 'center' })}
    >
      Consumer
    </button>
  );
}
