import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseTemplate } from '../../../infra/local/template/template.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).toSorted();

const FENCED = /^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1 *$/gm;
const LINK = /\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g;

/** What a reader sees of a document: without what is fenced, where brackets are no links. */
const prose = (file: string): string => text(file).replaceAll(FENCED, '');

/** The links of a document to other places of the repository. */
const relativeLinks = (file: string): string[] =>
  [...prose(file).matchAll(LINK)].flatMap(([, target = '']) => (/^[a-z]+:/.test(target) ? [] : [target]));

/** The anchors that GitHub gives to a document's headings. See https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links. */
function anchors(file: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, heading = ''] of prose(file).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    const repeats = seen.get(slug) ?? 0;
    seen.set(slug, repeats + 1);
    found.add(repeats === 0 ? slug : `${slug}-${repeats}`);
  }
  return found;
}

/** Why a link of a document leads nowhere; nothing where it leads somewhere. */
function broken(file: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : relative(ROOT, resolve(ROOT, dirname(file), path));
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || anchors(target).has(anchor)) return undefined;
  return `${link}: ${target} has no heading #${anchor}`;
}

describe.each(documents)('%s', (file) => {
  it('has no relative link that leads nowhere', () => {
    const found = relativeLinks(file).flatMap((link) => broken(file, link) ?? []);
    expect(found).toEqual([]);
  });

  it('names no npm script that package.json does not have', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text('package.json')));
    const named = [...text(file).matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe('the files that documents name', () => {
  const PATH = /`((?:contracts|handlers|infra|pipelines|test)\/[\w./-]+)`/g;
  it.each(documents)('of %s are there', (file) => {
    const named = [...text(file).matchAll(PATH)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the index', () => {
  it.each(['docs', 'docs/how-to', 'docs/lab', 'docs/adr'])(
    'of %s leads to each of its documents',
    (folder) => {
      const index = folder === 'docs/adr' ? 'docs/adr/README.md' : 'docs/README.md';
      const linked = relativeLinks(index).map((link) => relative(ROOT, resolve(ROOT, dirname(index), link)));
      const there = globSync(`${folder}/*.md`, { cwd: ROOT }).filter((file) => !file.endsWith('README.md'));
      expect(there.filter((file) => !linked.includes(file))).toEqual([]);
    },
  );
});

describe('the map of docs/architecture.md', () => {
  const mapped = [...text('docs/architecture.md').matchAll(/^\| `([a-z][\w/-]*)` \|/gm)].map(
    ([, folder = '']) => folder,
  );
  /** Below these, the map takes all as one. */
  const AS_ONE = ['contracts/events/', 'contracts/releases/'];
  const sources = globSync('{contracts,pipelines,handlers,infra}/**/*.{ts,tsx,mjs,json,java,py}', {
    cwd: ROOT,
  });
  const folders = [...new Set(sources.map((file) => dirname(file)))];

  it('has each folder of the source', () => {
    const missing = folders
      .filter((folder) => !AS_ONE.some((one) => folder.startsWith(one)))
      .filter((folder) => !mapped.includes(folder));
    expect(missing).toEqual([]);
  });

  it('has no folder that does not exist', () => {
    expect(mapped.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
  });
});

describe('the commands of docs/runbook.md', () => {
  it('name logical ids that the template has', () => {
    const templates = ['template', 'consumers', 'subscriptions'].map((file) =>
      parseTemplate(text(`infra/${file}.yaml`)),
    );
    const ids = [...text('docs/runbook.md').matchAll(/\b(?:named|logged) "?([A-Z]\w+)/g)].map(
      ([, id = '']) => id,
    );
    expect(new Set(ids).size).toBeGreaterThan(10);
    const isThere = (id: string): boolean =>
      templates.some(({ Resources: resources }) => Object.hasOwn(resources, id));
    expect(ids.filter((id) => !isThere(id))).toEqual([]);
  });
});
