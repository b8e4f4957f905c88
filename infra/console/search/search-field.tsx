import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Suggestion, SuggestResult, TEXT_CHARACTERS_MAX } from '../../../contracts/api/search.ts';
import { pathOf } from '../data/api.ts';
import { useLast, useResponse } from '../data/use-response.ts';
import { counted } from '../parts/format.ts';

const TYPING_MS = 250;
const SUGGESTIONS = 8;
const KINDS = { product: 'Product', order: 'Order', user: 'User' } as const;
const NONE = -1;

/** What a product is searched by: its name may be longer than a search may be. */
export const productWords = (name: string, sku: string): string =>
  name.length > TEXT_CHARACTERS_MAX ? sku : name;

interface SearchFieldProps {
  readonly label: string;
  /** The text of the search that is shown. */
  readonly text: string;
  /** Searches; `isTyped` where the text follows one that was typed just before, so that Back leads to neither of them. */
  readonly search: (text: string, isTyped: boolean) => void;
  /** Goes to an order or a user that was chosen. For a product, the field searches. */
  readonly choose: (suggestion: Exclude<Suggestion, { readonly kind: 'product' }>) => void;
  /** Whether the field takes the focus. */
  readonly isCalled?: boolean;
}

/**
 * The text of a search, with suggestions for what is typed. It searches when typing pauses. The arrow keys choose a suggestion, Esc
 * closes the list; behind the last suggestion, ArrowDown is left to the page.
 * See https://www.w3.org/WAI/ARIA/apg/patterns/combobox/.
 */
export function SearchField({ label, text: given, search, choose, isCalled = false }: SearchFieldProps) {
  const [text, setText] = useState(given);
  const [wanted, setWanted] = useState(given);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(NONE);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  /** What this field searched for last. Another text that is given came from elsewhere, such as by Back. */
  const searched = useRef(given);
  const isTyped = useRef(false);
  const latest = useRef(search);
  latest.current = search;
  const [lastGiven, setLastGiven] = useState(given);
  if (given !== lastGiven) {
    setLastGiven(given);
    if (given !== searched.current) {
      searched.current = given;
      setText(given);
      setWanted(given);
      setOpen(false);
    }
  }
  useEffect(() => {
    if (isCalled) field.current?.focus();
  }, [isCalled]);
  const searchFor = (words: string) => {
    // The address may have blanks around the text: they are no other search.
    if (words === searched.current.trim()) return;
    searched.current = words;
    latest.current(words, isTyped.current);
    isTyped.current = true;
  };
  // A layout effect ends with its view. Another kind ends later: its timer could then change the address of the next view.
  useLayoutEffect(() => {
    const timer = setTimeout(() => {
      setWanted(text.trim());
      searchFor(text.trim());
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const path =
    isOpen && wanted !== '' ? pathOf('/search/suggest', { q: wanted, limit: SUGGESTIONS }) : undefined;
  const found = useLast(useResponse(path, SuggestResult));
  const shown = path === undefined || text.trim() === '' ? [] : (found?.suggestions ?? []);
  const listed = JSON.stringify(found?.suggestions);
  const [lastListed, setLastListed] = useState(listed);
  // The place that was chosen has another suggestion now.
  if (listed !== lastListed) {
    setLastListed(listed);
    setAt(NONE);
  }
  const chosen = shown[at];
  const close = () => {
    setOpen(false);
    setAt(NONE);
  };
  const take = (suggestion: Suggestion) => {
    close();
    isTyped.current = false;
    if (suggestion.kind !== 'product') return choose(suggestion);
    const words = productWords(suggestion.text, suggestion.sku);
    searched.current = words;
    setText(words);
    search(words, false);
  };
  const enter = () => {
    if (chosen !== undefined) return take(chosen);
    searchFor(text.trim());
    isTyped.current = false;
    close();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      enter();
    }
    // Also those that are still to come: they would lie over what the reader goes to.
    if (event.key === 'Escape') close();
    if (shown.length === 0) return;
    if (event.key === 'Escape') event.preventDefault();
    else if (event.key === 'ArrowUp' || (event.key === 'ArrowDown' && at < shown.length - 1)) {
      event.preventDefault();
      setAt((before) => Math.max(NONE, before + (event.key === 'ArrowUp' ? -1 : 1)));
    } else if (event.key === 'ArrowDown') close();
  };
  const idOf = (place: number) => `${list}-${place}`;
  return (
    <div class="search-field">
      <label>
        <span>{label}</span>
        <input
          ref={field}
          type="text"
          role="combobox"
          inputMode="search"
          enterkeyhint="search"
          autocomplete="off"
          spellcheck={false}
          maxLength={TEXT_CHARACTERS_MAX}
          aria-autocomplete="list"
          aria-expanded={shown.length > 0}
          aria-controls={shown.length > 0 ? list : undefined}
          aria-activedescendant={chosen === undefined ? undefined : idOf(at)}
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setOpen(true);
            setAt(NONE);
          }}
          onKeyDown={onKey}
          onBlur={() => {
            close();
            isTyped.current = false;
          }}
        />
      </label>
      {shown.length > 0 && (
        <div id={list} role="listbox" aria-label="Suggestions" class="targets suggestions">
          {shown.map((suggestion, place) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option.
            <div
              key={`${suggestion.kind} ${suggestion.text} ${place}`}
              id={idOf(place)}
              role="option"
              aria-selected={place === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(suggestion)}
            >
              <bdi>{suggestion.text}</bdi> <span class="muted">{KINDS[suggestion.kind]}</span>
            </div>
          ))}
        </div>
      )}
      <span class="unseen" role="status">
        {shown.length > 0 ? counted(shown.length, 'suggestion') : ''}
      </span>
    </div>
  );
}
