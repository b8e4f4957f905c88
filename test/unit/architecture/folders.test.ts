import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const IMPORT = /\b(?:from\s+|import\s+|import\()'(\.{1,2}\/[^']+)'/g;
/** A reader can hold so many names at once. */
const FILES_MAX = 16;

const sources = ['contracts', 'pipelines', 'handlers', 'infra'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file)),
);
const folders = Map.groupBy(sources, dirname);

/** The folders that the files of a folder import from. */
const imported = new Map(
  [...folders].map(([folder, files]) => {
    const targets = files.flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map(([, path = '']) =>
        relative(ROOT, dirname(resolve(ROOT, dirname(file), path))),
      ),
    );
    return [folder, new Set(targets.filter((target) => target !== folder))] as const;
  }),
);

function reachable(from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [...(imported.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(imported.get(next) ?? []));
  }
  return seen;
}

describe('a folder', () => {
  it.each([...folders])(`%s has at most ${FILES_MAX} files`, (_folder, files) => {
    expect(files.length).toBeLessThanOrEqual(FILES_MAX);
  });

  it.each([...folders.keys()])('%s is in no circle of imports', (folder) => {
    expect([...reachable(folder)]).not.toContain(folder);
  });
});
