import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).toSorted();

/** The words that docs/glossary.md retires, in a sentence. */
const RETIRED: readonly RegExp[] = [
  /(?<!dead[ -]|dead\n)\bletters?\b/i,
  /\b(?:bury|buried|burials?)\b/i,
  /\b(?:tell|tells|told|telling)\b/i,
  /\b(?:mend|mends|mended|mending)\b/i,
  /(?<!SQS's\s)\bredrive\b/i,
  /\breruns?\b/i,
  /\bpresent (?:record|state)\b/i,
  /\blost races?\b/i,
  /\bworth retrying\b/i,
  /\btime is up\b/i,
  /\b(?:story|stories|tally|tallies|contributions?)\b/i,
  /(?<!\bon )\bdemands?\b/i,
  /\b(?:beat|beats|freshness|mirrors?)\b/i,
  /\b(?:sights?|suspects?|settles?|settled|undecided)\b/i,
  /\b(?:patience|bell)\b/i,
  /\b(?:short stock|goods not left|under way)\b/i,
  /\banswer(?:s|ed|ing)?\b/i,
  /\b(?:gone|dropped|untried|in vain)\b/i,
  /\b(?:nobody|somebody|anybody|whoever|whatever|no more|anew|by itself|by themselves|whole)\b/i,
];

const WORDS_A_SENTENCE_MAX = 18;
const SENTENCE_WORDS_MIN = 3;
/** The guide for subscribers is read by those who do not know the system: none of its sentences is long. */
const GUIDE = 'docs/events.md';
const WORDS_OF_THE_GUIDE_MAX = 25;

/** The glossary lists them, and the changelog has the names that were. */
const LISTS: Readonly<Record<string, RegExp>> = {
  'docs/glossary.md': /^## Public names[\s\S]*|^\| redrive \|.*$/gm,
  'CHANGELOG.md': /^\|.*$/gm,
};

/** Names of parameters, functions, metrics and schemas that the changelog has as old: the second column of its tables. */
const RETIRED_NAMES = [...readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').matchAll(/^\|[^|]*\|([^|]*)\|/gm)]
  .flatMap(([, old = '']) => [...old.matchAll(/`[A-Z]\w+`/g)])
  .map(([name]) => name);

/** What of a document is prose: without code, the addresses of links and what a program writes. */
const prose = (file: string): string =>
  readFileSync(join(ROOT, file), 'utf8')
    .replaceAll(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1 *$/gm, '\n')
    .replaceAll(/<!-- npm run[\s\S]*?<!-- end -->/g, '')
    .replaceAll(LISTS[file] ?? /(?!)/g, '')
    .replaceAll(/`[^`\n]+`/g, 'code')
    .replaceAll(/\]\([^()\s]+\)/g, ']');

/** The number of words of each sentence, without tables, headings and fragments. */
function sentenceLengths(text: string): number[] {
  const paragraphs = text
    .replaceAll(/^(?:\||#).*$/gm, '')
    .replaceAll(/^ *(?:[-*]|\d+\.) /gm, '\n\n')
    .split(/\n\s*\n/);
  return paragraphs
    .flatMap((paragraph) => paragraph.replaceAll(/\s+/g, ' ').split(/(?<=[.!?:])["*)]* (?=["`*[(A-Z0-9])/))
    .map((sentence) => sentence.split(' ').filter((word) => /\w/.test(word)).length)
    .filter((words) => words >= SENTENCE_WORDS_MIN);
}

describe.each(documents)('%s', (file) => {
  it('has no name that the changelog has as old', () => {
    const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(LISTS[file] ?? /(?!)/g, '');
    expect(RETIRED_NAMES.length).toBeGreaterThan(0);
    expect(RETIRED_NAMES.filter((name) => text.includes(name))).toEqual([]);
  });

  it('uses no retired word', () => {
    const text = prose(file);
    expect(RETIRED.flatMap((word) => word.exec(text)?.[0] ?? [])).toEqual([]);
  });

  it(`has sentences of at most ${WORDS_A_SENTENCE_MAX} words on average`, () => {
    const lengths = sentenceLengths(prose(file));
    const average = lengths.reduce((sum, words) => sum + words, 0) / Math.max(1, lengths.length);
    expect(average).toBeLessThanOrEqual(WORDS_A_SENTENCE_MAX);
  });
});

it(`${GUIDE} has no sentence of more than ${WORDS_OF_THE_GUIDE_MAX} words`, () => {
  expect(Math.max(...sentenceLengths(prose(GUIDE)))).toBeLessThanOrEqual(WORDS_OF_THE_GUIDE_MAX);
});

describe('the source', () => {
  const files = globSync(['{contracts,pipelines,handlers,infra}/**/*.{ts,tsx,mjs,yaml,java}'], {
    cwd: ROOT,
    exclude: ['**/node_modules/**'],
  }).toSorted();
  const text = /\/\*[\s\S]*?\*\/|(?<=^|\s)(?:\/\/|#) .*$|'[^'\n]* [^'\n]*'|"[^"\n]* [^"\n]*"|`[^`]* [^`]*`/gm;
  /** What JavaScript, SQS and ids call so. */
  const terms =
    /letters? or digits?|whole numbers?|redrive policy|\bsettle[sd]?\b|on\s+(?:\*\s+)?demand|TALLY|BEAT|Tally/gi;

  it.each(files)('%s uses no retired word in comments and messages', (file) => {
    const found = [...readFileSync(join(ROOT, file), 'utf8').matchAll(text)].flatMap(([part]) => {
      const words = part
        .replaceAll(/`[^`\n]*`|\{@link[^}]*\}|\$\{[^}]*\}/g, 'code')
        .replaceAll(terms, 'term');
      return RETIRED.flatMap((word) => word.exec(words)?.[0] ?? []);
    });
    expect(found).toEqual([]);
  });
});
