import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { OrderSearchResult, TEXT_CHARACTERS_MAX, UserSearchResult } from '../../../contracts/api/search.ts';
import { UserId } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import { pathOf } from '../data/api.ts';
import { addressOf, deadLetterAddress, goTo, orderAddress, VIEWS } from '../data/route.ts';
import { useResponse } from '../data/use-response.ts';
import { Dialog } from '../parts/dialog.tsx';

interface Target {
  readonly name: string;
  readonly hint: string;
  readonly address: string;
}

const DEAD_LETTER_ID = /^[0-9a-f]{24}$/;
const ULID = /[0-7][0-9A-HJKMNP-TV-Z]{25}/i;
const orderIdIn = (text: string): string | undefined => ULID.exec(text)?.[0].toUpperCase();
/** Only a complete address is found: the index has a keyed hash of it alone. */
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
/** An e-mail address, or the beginning of one. It is personal data: no request has it as words, and no address of a view has it. */
const isAddress = (text: string): boolean => text.includes('@');
const HITS = 5;
const USERS = 3;
const TYPING_MS = 200;

/** Goes to a view, an order, a user's orders or a dead letter by a few keys. */
export function Palette({ close }: { readonly close: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState('');
  const [wanted, setWanted] = useState('');
  const list = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  // An id that someone copied may have its user before it.
  const q = orderIdIn(wanted) ?? wanted;
  const path = q.length < 2 || isAddress(wanted) ? undefined : pathOf('/search/orders', { q, limit: HITS });
  const usersPath = EMAIL.test(wanted)
    ? pathOf('/search/users', { email: wanted, limit: USERS })
    : path && pathOf('/search/users', { q, limit: USERS });
  const orders = useResponse(path, OrderSearchResult);
  const users = useResponse(usersPath, UserSearchResult);
  const isSearching =
    (path !== undefined && orders.isLoading) || (usersPath !== undefined && users.isLoading);
  // Enter takes the first: it must not be a hit of the text before.
  const isCurrent = wanted === text.trim();
  const [orderHits = [], userHits = []] = isCurrent ? [orders.value?.hits, users.value?.hits] : [];
  const targets = withoutRepeats([
    ...fixedTargets(text.trim()),
    ...orderHits.map((hit) => ({
      name: hit.orderId,
      hint: `Order of ${hit.userId}, ${hit.status}`,
      address: orderAddress(hit),
    })),
    ...userHits.map(({ userId, name }) => ({
      name,
      hint: `Orders of ${userId}`,
      address: addressOf(['orders'], { userId }),
    })),
  ]);
  // By its address: hits that come later stand before others.
  const chosen = targets.find(({ address }) => address === at) ?? targets[0];
  const open = (target: Target | undefined) => {
    if (target === undefined) return;
    close();
    goTo(target.address);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') {
      event.preventDefault();
      open(chosen);
    } else if (step !== undefined && chosen !== undefined) {
      event.preventDefault();
      setAt(targets.at((targets.indexOf(chosen) + step) % targets.length)?.address ?? '');
    }
  };
  return (
    <Dialog title="Go to" close={close} kind="palette">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="A view, an order's id, a user, a dead letter's id, or words"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={chosen === undefined ? undefined : `${list}-${targets.indexOf(chosen)}`}
        placeholder="A view, an order's id, a user, a dead letter's id, or words"
        autocomplete="off"
        spellcheck={false}
        maxLength={TEXT_CHARACTERS_MAX}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt('');
        }}
        onKeyDown={onKey}
      />
      <div id={list} role="listbox" aria-label="Places" class="targets">
        {targets.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option.
          <div
            key={target.address}
            id={`${list}-${index}`}
            role="option"
            aria-selected={target === chosen}
            onClick={() => open(target)}
          >
            <bdi>{target.name}</bdi> <span class="muted">{target.hint}</span>
          </div>
        ))}
      </div>
      <p class="state" role="status">
        {isSearching ? 'Searching orders and users…' : ''}
        {targets.length === 0 && !isSearching && isCurrent ? noneText(wanted) : ''}
      </p>
    </Dialog>
  );
}

const noneText = (text: string): string =>
  isAddress(text) && !EMAIL.test(text) ? 'Type the complete e-mail address.' : 'Nothing has this name or id.';

/** An order that is typed with its user is a place, and a hit too. */
const withoutRepeats = (targets: readonly Target[]): readonly Target[] => [
  ...new Map(targets.map((target) => [target.address, target])).values(),
];

/** The places that need no request: views, a dead letter by its id, an order by its path, and searches. */
function fixedTargets(text: string): readonly Target[] {
  const views = VIEWS.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())).map(
    ({ view, name }) => ({ name, hint: 'View', address: addressOf([view]) }),
  );
  if (text === '') return views;
  if (DEAD_LETTER_ID.test(text.toLowerCase()))
    return [{ name: text, hint: 'Dead letter', address: deadLetterAddress(text.toLowerCase()) }];
  const [user, rest = ''] = text.split('/').map((part) => part.trim());
  const userId = read(UserId, user).data;
  const orderId = orderIdIn(rest);
  const order =
    userId !== undefined && orderId !== undefined
      ? [{ name: orderId, hint: `Order of ${userId}`, address: orderAddress({ userId, orderId }) }]
      : [];
  if (isAddress(text)) return [...views, ...order];
  return [
    ...views,
    ...order,
    { name: `Orders: ${text}`, hint: 'Search', address: addressOf(['orders'], { q: text }) },
    { name: `Dead letters: ${text}`, hint: 'Filter', address: addressOf(['dead-letters'], { text }) },
  ];
}
