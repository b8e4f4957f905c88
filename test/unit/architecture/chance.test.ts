import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

interface Rule {
  /** What the tests do not do. */
  readonly what: string;
  readonly folders: readonly string[];
  readonly pattern: RegExp;
  /** Whether files of tests have to keep it too. */
  readonly isOfTests?: boolean;
  /** Files that may, each with why. */
  readonly allowed?: Readonly<Record<string, string>>;
}

const ALL = ['unit', 'integration', 'e2e', 'builders'];
const rules: readonly Rule[] = [
  {
    what: 'draws random numbers of its own',
    folders: [...ALL, 'simulation'],
    pattern: /\bMath\.random\(|\brandomInt\(/,
  },
  {
    what: 'runs a property under a seed of its own',
    folders: ALL,
    pattern: /\bfc\.check\(|\bfc\.[^;]*\bseed: (?![\dA-Z])/,
  },
  {
    what: 'has two properties in a test: test/fuzz/corpus.json knows a property by the name of its test',
    folders: ALL,
    pattern: /\bfc\.assert\((?:(?!^ *it\b)[\s\S])*\bfc\.assert\(/m,
  },
  {
    what: 'sleeps: test/builders/waiting.ts waits for a condition',
    folders: ALL,
    pattern: /\bset(?:Timeout|Interval)\(|\bsetTimeout as\b/,
    allowed: {
      'test/integration/search/index-transition.test.ts': 'gives the code its wait',
      'test/integration/search/reindex.test.ts': 'gives the code its wait',
      'test/unit/local-lambda/bundle.test.ts': 'touches a file for as long as it is read',
      'test/unit/local/own-node.test.ts': 'is about a process that stays',
    },
  },
  {
    what: 'waits for another time than test/builders/waiting.ts and the configuration say',
    folders: ALL,
    pattern: /\bvi\s*\.wait(?:For|Until)\(|\bexpect\s*\.poll\([^;]*\btimeout:/,
    allowed: { 'test/builders/waiting.ts': 'is it' },
  },
  {
    what: 'looks once at a page that may still change: expect.poll looks again',
    folders: ['e2e/console'],
    pattern: /\bexpect\(\(*await\b/,
  },
  {
    what: 'reads the clock, which differs between two looks',
    folders: ['unit', 'builders'],
    pattern: /\bDate\.now\(\)|\bnew Date\(\)/,
    allowed: {
      'test/unit/local-lambda/bundle.test.ts': 'touches a file',
      'test/unit/local-gateway/jwt-authorizer.test.ts': 'makes tokens a minute from what is asked of them',
      'test/unit/paging/page-token-keys.test.ts': 'has stopped it',
    },
  },
  {
    what: 'says that a short text is absent, which a random id or token can hold',
    folders: ['integration', 'e2e'],
    pattern: /\bnot\s*\.(?:toContain|stringContaining)\(\s*['"`][\w+/=-]{1,4}['"`]/,
  },
  { what: 'listens on a port that another may have', folders: ALL, pattern: /\.listen\([1-9]/ },
  {
    what: 'leaves to the next file of its worker what it has changed: the configuration puts back stubs and spies alone',
    folders: ['unit'],
    pattern:
      /\bvi\.(?:do)?mock\(|\bprocess\.env(?:\.\w+|\[[^\]]+\]) = |\bdelete process\.env\b|\bprocess\.chdir\(/i,
  },
  {
    what: 'registers a hook for the first file of a worker alone: a module is loaded once for all of them',
    folders: ALL,
    pattern: /^(?:before|after)(?:All|Each)\(/m,
    isOfTests: false,
  },
];

const sources = globSync('test/**/*.ts', { cwd: ROOT }).toSorted();
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const breaking = ({ folders, pattern, isOfTests = true }: Rule): readonly string[] =>
  sources.filter(
    (file) =>
      (isOfTests || !file.endsWith('.test.ts')) &&
      folders.some((folder) => file.startsWith(`test/${folder}/`)) &&
      file !== 'test/unit/architecture/chance.test.ts' &&
      pattern.test(textOf(file)),
  );

describe('no test of CI', () => {
  it.each(rules)('$what', (rule) => {
    expect(breaking(rule)).toEqual(Object.keys(rule.allowed ?? {}).toSorted());
  });
});

describe('each property', () => {
  it('is in a file of tests that imports fast-check: test/fuzz/setup.ts gives those their seed', () => {
    const rule = { what: '', folders: ALL, pattern: /\bfc\.assert\(/ };
    const hasSeed = (file: string): boolean =>
      /\.(?:test|property)\.ts$/.test(file) && textOf(file).includes("from 'fast-check'");
    expect(breaking(rule).filter((file) => !hasSeed(file))).toEqual([]);
  });
});
