import type { ComponentChildren } from 'preact';
import { addressOf, VIEWS } from '../data/route.ts';
import { Head } from '../parts/basic.tsx';

/** That something does not exist, and the ways back. */
export function NotFound({
  what,
  children,
}: {
  readonly what: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <>
      <Head title="Not found" />
      <div class="empty">
        <p>
          <bdi>{what}</bdi>
        </p>
        {children}
        <p>
          Go to{' '}
          {VIEWS.map(({ view, name }, place) => (
            <span key={view}>
              {place > 0 && ' · '}
              <a href={addressOf([view])}>{name}</a>
            </span>
          ))}
        </p>
      </div>
    </>
  );
}
