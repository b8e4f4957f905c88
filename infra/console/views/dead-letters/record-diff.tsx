import { useState } from 'preact/hooks';
import type { DeadLetterRecord } from '../../../../contracts/api/dead-letters.ts';

/** One field of a record: its value before, after and now, as JSON; absent where the image has none. */
interface Row {
  readonly path: string;
  readonly values: readonly (string | undefined)[];
  readonly isChanged: boolean;
}

const COLUMNS = ['Before', 'After', 'In the table now'];
const DEPTH_MAX = 32;

/** What a record changed, and what the table holds now: the lines that differ, or all. */
export function RecordDiff({
  record: { key, eventName, from, oldImage, newImage, current },
}: {
  readonly record: DeadLetterRecord;
}) {
  const rows = rowsOf([oldImage, newImage, current]);
  const changed = rows.filter(({ isChanged }) => isChanged);
  // Of a new item that is as it was written nothing differs: all of it is what there is to see.
  const [showsAll, setShowsAll] = useState(changed.length === 0);
  const shown = showsAll ? rows : changed;
  return (
    <section class="record">
      <h4 class="id">
        <bdi>{key === undefined ? 'A record without a key' : `${key.pk} / ${key.sk}`}</bdi>
      </h4>
      <div class="card-head">
        <span class="muted">
          {eventName ?? 'A change'} · from {from} · {changed.length} of {rows.length} fields differ
        </span>
        <button type="button" class="small" aria-pressed={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? 'Changed fields only' : 'All fields'}
        </button>
      </div>
      {shown.length === 0 ? (
        <p class="empty">{rows.length === 0 ? 'It has no image.' : 'No field differs.'}</p>
      ) : (
        <table class="diff">
          <caption class="unseen">Fields before and after the change, and now</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ path, values, isChanged }) => (
              <tr key={path} class={isChanged ? 'changed' : ''}>
                <td data-label="Field">
                  <code>{path}</code>
                </td>
                {values.map((value, place) => (
                  <td
                    key={COLUMNS[place]}
                    data-label={COLUMNS[place]}
                    class={place > 0 && value !== values[place - 1] ? 'differs' : ''}
                  >
                    {value === undefined ? (
                      <span class="muted">none</span>
                    ) : (
                      <code>
                        <bdi>{value}</bdi>
                      </code>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The fields of all images by their paths. */
export function rowsOf(images: readonly unknown[]): readonly Row[] {
  const flat = images.map((image) => new Map(leavesOf(image, '', DEPTH_MAX)));
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))].toSorted();
  return paths.map((path) => {
    const values = flat.map((fields) => fields.get(path));
    // An image that is missing as such differs in every field; that is no news of a field.
    const present = values.filter((_, place) => images[place] !== undefined && images[place] !== null);
    return { path, values, isChanged: new Set(present).size > 1 };
  });
}

function leavesOf(value: unknown, path: string, depth: number): readonly (readonly [string, string])[] {
  if (value === undefined || (value === null && path === '')) return [];
  if (typeof value !== 'object' || value === null || depth === 0 || Object.keys(value).length === 0)
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`, depth - 1),
  );
}
