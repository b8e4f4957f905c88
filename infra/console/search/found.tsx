import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { EmptySearchHelp, Highlight, IndexLag, TextPart } from '../../../contracts/api/search.ts';
import type { ApiResult } from '../data/use-response.ts';
import { count } from '../parts/format.ts';
import { IndexLagNote } from '../parts/index-lag.tsx';
import { ResponseState } from '../parts/response-state.tsx';
import { ActiveFilters } from './active-filters.tsx';
import { changedQuery, type SearchFilter } from './query.ts';

/** The members that each page of a search has. */
interface FoundPage {
  readonly hits: readonly unknown[];
  readonly total?: number | undefined;
  readonly isTotalExact?: boolean | undefined;
  readonly matches?: 'similar-words' | undefined;
  readonly help?: EmptySearchHelp | undefined;
  readonly nextToken?: string | undefined;
  readonly index?: IndexLag | undefined;
}

/** The page of a search that is shown, with its own address: while the next one loads, the address of the view is ahead of it. */
interface Shown<Page> {
  readonly query: URLSearchParams;
  readonly page: Page;
  /** The first page of the same search, if it is known. It alone has the number and the facets. */
  readonly first: Page | undefined;
}

/** Keeps the last page that came, so that a change of a filter does not empty the view, until the request for the next one failed. */
export function useShownPage<Page extends FoundPage>(
  query: URLSearchParams,
  { value: page, failure }: ApiResult<Page>,
): Shown<Page> | undefined {
  const [shown, setShown] = useState<Shown<Page> | undefined>();
  if (page === undefined) return failure === undefined ? shown : undefined;
  if (page === shown?.page) return shown;
  const searchOf = (of: URLSearchParams) => changedQuery(of, {}).toString();
  const isSame = shown !== undefined && searchOf(shown.query) === searchOf(query);
  const next = { query, page, first: page.total !== undefined ? page : isSame ? shown.first : undefined };
  setShown(next);
  return next;
}

interface SearchProps {
  readonly query: URLSearchParams;
  readonly addressOf: (query: URLSearchParams) => string;
}

/** What stands below the fields of a search: its filters, its state, the hits of the page as the children, and the way to other pages. */
export function Found({
  query,
  addressOf,
  filters,
  response,
  shown,
  empty,
  children,
}: SearchProps & {
  readonly filters: readonly SearchFilter[];
  readonly response: ApiResult<unknown>;
  readonly shown: Shown<FoundPage> | undefined;
  /** What is said where nothing is found. */
  readonly empty: string;
  readonly children: ComponentChildren;
}) {
  const place = { query, addressOf };
  return (
    <>
      <ActiveFilters {...place} filters={filters} />
      <ResponseState response={response} what="The search" />
      <ExpiredPage {...place} response={response} />
      {shown !== undefined && (
        <div class="found" aria-busy={response.isLoading}>
          <SimilarWords page={shown.page} text={shown.query.get('q') ?? ''} />
          {shown.page.hits.length === 0 && !shown.query.has('nextToken') ? (
            <NothingFound query={shown.query} addressOf={addressOf} filters={filters} page={shown.page}>
              {empty}
            </NothingFound>
          ) : (
            children
          )}
          <PageLinks addressOf={addressOf} shown={shown} />
        </div>
      )}
    </>
  );
}

/** How much was found, where on it one is, and how old the index is. */
export function FoundNote({ shown: { query, page, first } }: { readonly shown: Shown<FoundPage> }) {
  const number = pageNumber(query);
  const total = first?.total;
  const isMore = page.nextToken !== undefined || number > 1;
  return (
    <>
      <span role="status">
        {total === undefined
          ? ''
          : `${first?.isTotalExact === false ? 'More than ' : ''}${count(total)} found`}
        {isMore && `${total === undefined ? 'P' : ', p'}age ${number}`}.
      </span>{' '}
      <IndexLagNote lag={page.index} />
    </>
  );
}

const pageNumber = (query: URLSearchParams): number => {
  const number = Number(query.get('page') ?? 1);
  return Number.isInteger(number) && number > 1 ? number : 1;
};

/** Says that no hit has the words as they were typed. */
const SimilarWords = ({ page, text }: { readonly page: FoundPage; readonly text: string }) =>
  page.matches === undefined ? null : (
    <p class="notice calm" role="status">
      <span>
        Nothing has the words of “<bdi>{text}</bdi>”. These hits have <strong>similar words</strong>.
      </span>
    </p>
  );

/** What to try where nothing is found: other words, or fewer filters. */
function NothingFound({
  query,
  addressOf,
  filters,
  page: { help, index },
  children,
}: SearchProps & {
  readonly filters: readonly SearchFilter[];
  readonly page: FoundPage;
  readonly children: ComponentChildren;
}) {
  const given = filters.filter(({ name }) => query.getAll(name).some((value) => value !== ''));
  const without = (help?.withoutFilter ?? []).flatMap(({ parameter, total }) => {
    const filter = given.find(({ name }) => name === parameter);
    return filter === undefined ? [] : [{ filter, total }];
  });
  const words = help?.didYouMean;
  return (
    <div class="empty">
      <p role="status">{children}</p>
      {words !== undefined && (
        <p>
          Did you mean{' '}
          <a href={addressOf(changedQuery(query, { q: words }))}>
            <bdi>{words}</bdi>
          </a>
          ?
        </p>
      )}
      {without.length > 0 && (
        <ul class="plain">
          {without.map(({ filter: { name, label, write = (value) => value }, total }) => (
            <li key={name}>
              <a href={addressOf(changedQuery(query, { [name]: '' }))}>
                Without {label} <bdi>{query.getAll(name).map(write).join(', ')}</bdi>
              </a>{' '}
              ({count(total)})
            </li>
          ))}
        </ul>
      )}
      {words === undefined && without.length === 0 && given.length > 0 && (
        <p>
          Try other words, the beginning of a word, or{' '}
          <a href={addressOf(new URLSearchParams())}>a search without any filter</a>.
        </p>
      )}
      <p>
        <IndexLagNote lag={index} />
      </p>
    </div>
  );
}

/** A way out where the token of a page is refused: it is valid for an hour, and for its caller alone. */
const ExpiredPage = ({
  query,
  addressOf,
  response,
}: SearchProps & { readonly response: ApiResult<unknown> }) =>
  response.failureCode !== 'invalid-page-token' ? null : (
    <p>
      The link of a page is valid for an hour. <a href={addressOf(changedQuery(query, {}))}>First page</a>
    </p>
  );

/** The address of the page before, by the token of a page. */
const before = new Map<string, string>();

/** Goes from page to page. Each has an address of its own, so that Back works. A search knows the page before only if you were there. */
function PageLinks({
  shown: { query, page },
  addressOf,
}: Pick<SearchProps, 'addressOf'> & { readonly shown: Shown<FoundPage> }) {
  const number = pageNumber(query);
  const token = query.get('nextToken');
  if (token === null && page.nextToken === undefined) return null;
  const first = addressOf(changedQuery(query, {}));
  const next = changedQuery(query, { page: String(number + 1), nextToken: page.nextToken ?? '' });
  if (page.nextToken !== undefined) before.set(page.nextToken, addressOf(query));
  const previous = token === null ? undefined : before.get(token);
  const toTop = () => document.querySelector('main')?.scrollIntoView();
  return (
    <nav class="pager" aria-label="Pages">
      {token !== null && previous !== first && (
        <a class="button" href={first} onClick={toTop}>
          First page
        </a>
      )}
      {previous !== undefined && (
        <a class="button" href={previous} onClick={toTop}>
          Previous page
        </a>
      )}
      <span class="muted">Page {number}</span>
      {page.nextToken !== undefined && (
        <a class="button" href={addressOf(next)} onClick={toTop}>
          Next page
        </a>
      )}
    </nav>
  );
}

/** A text with what was searched for marked in it, if it is one of the texts in which the hit was found. */
export function Marked({
  text,
  highlights,
}: {
  readonly text: string;
  readonly highlights: readonly Highlight[];
}) {
  const found = highlights.find(({ parts }) => textOf(parts) === text);
  return <Parts parts={found?.parts ?? [{ text, isHit: false }]} />;
}

/** The texts in which a hit was found and that are not shown elsewhere, each marked. */
export const OtherMarks = ({
  highlights,
  shown,
}: {
  readonly highlights: readonly Highlight[];
  readonly shown: readonly string[];
}) =>
  highlights
    .filter(({ parts }) => !shown.includes(textOf(parts)))
    .map(({ field, parts }) => (
      <span class="highlight" key={field + textOf(parts)}>
        <Parts parts={parts} />
      </span>
    ));

const Parts = ({ parts }: { readonly parts: readonly TextPart[] }) => (
  <bdi>{parts.map(({ text, isHit }) => (isHit ? <mark>{text}</mark> : text))}</bdi>
);

const textOf = (parts: readonly TextPart[]): string => parts.map(({ text }) => text).join('');
