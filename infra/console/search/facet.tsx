import { FACET_VALUES_MAX } from '../../../contracts/api/search.ts';
import { count } from '../parts/format.ts';

interface FacetProps {
  readonly name: string;
  /** Each value with the number of hits that it would leave, where that is known; absent while the values are not known. */
  readonly values: readonly { readonly value: string; readonly hits?: number }[] | undefined;
  readonly chosen: readonly string[];
  readonly choose: (values: readonly string[]) => void;
  readonly write?: (value: string) => string;
}

/** Narrows a search to one or more values. What was chosen stays, so that it can be left out again. */
export function Facet({ name, values, chosen, choose, write = (value) => value }: FacetProps) {
  const lost = chosen.filter((value) => !values?.some((one) => one.value === value));
  // What is not among the most frequent values may still have hits.
  const hitsOfLost = values !== undefined && values.length < FACET_VALUES_MAX ? { hits: 0 } : {};
  const shown: NonNullable<typeof values> = [
    ...(values ?? []),
    ...lost.map((value) => ({ value, ...hitsOfLost })),
  ];
  if (shown.length === 0) return null;
  return (
    <fieldset>
      <legend>{name}</legend>
      {shown.map(({ value, hits }) => (
        <button
          key={value}
          type="button"
          class="small"
          aria-pressed={chosen.includes(value)}
          onClick={() =>
            choose(
              chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value].toSorted(),
            )
          }
        >
          <bdi>{write(value)}</bdi> {hits !== undefined && <span class="muted">{count(hits)}</span>}
        </button>
      ))}
    </fieldset>
  );
}
