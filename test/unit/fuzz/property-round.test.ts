import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { addToCorpus, kept, propertyRun, readCorpus } from '../../fuzz/corpus.ts';
import { type RoundResult, runProperties } from '../../fuzz/property-round.ts';

const TIMEOUT_MS = 120_000;
const SEED = 5;
const PLANTED = {
  seed: SEED,
  files: [],
  config: 'test/unit/fuzz/planted/vitest.config.ts',
};
const FILE = 'test/unit/fuzz/planted/planted.property.ts';
const NOTHING = { properties: [], simulation: [] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const corpus = join(folder, 'corpus.json');
  writeFileSync(corpus, JSON.stringify(NOTHING));
  vi.stubEnv('FUZZ_CORPUS', corpus);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const named = ({ broken }: RoundResult, name: string) =>
  broken.find(({ test }) => test === `a planted fault > ${name}`);

describe('a round of properties', { timeout: TIMEOUT_MS }, () => {
  it('gives each that breaks, with its seed, its path and its smallest case', async () => {
    const found = await runProperties(PLANTED);

    expect(found.held).toBe(1);
    expect(found.broken).toHaveLength(3);
    expect(named(found, 'is a text with a minus zero beside it')).toEqual({
      file: FILE,
      test: 'a planted fault > is a text with a minus zero beside it',
      seed: SEED,
      path: expect.stringMatching(/^\d+(:\d+)*$/),
      shown: expect.stringMatching(/^\["...",-0\]$/),
      value: expect.any(String),
      error: expect.stringContaining('Counterexample: ["'),
    });
    expect(named(found, 'is what cannot be kept')).not.toHaveProperty('value');
    expect(named(found, 'is no property')).toMatchObject({
      seed: SEED,
      error: expect.stringContaining('[ 1 ]'),
    });
  });

  it('takes only those whose name is asked for', async () => {
    const only = 'a planted fault > is none';

    await expect(runProperties({ ...PLANTED, only })).resolves.toEqual({ held: 1, broken: [] });
  });

  it('records a case that the next run tries first, though its seed is the fixed one', async () => {
    const only = 'a planted fault > is a text with a minus zero beside it';
    const { broken } = await runProperties({ ...PLANTED, only });
    addToCorpus({ properties: broken.map(({ error: _, ...found }) => found) });

    const { FUZZ_SEED: _, ...env } = process.env;
    const vitest = join(PROJECT_ROOT, 'node_modules/vitest/vitest.mjs');
    const run = spawnSync(process.execPath, [vitest, 'run', '--config', PLANTED.config, '-t', only], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      env,
    });

    expect(run.stdout + run.stderr).toContain('Property failed after 1 tests');
  });

  it('fails where vitest does', async () => {
    const round = { ...PLANTED, config: 'test/unit/fuzz/planted/absent.config.ts' };

    await expect(runProperties(round)).rejects.toThrow(/The round of seed 5 ended by 1:.*absent\.config/s);
  });
});

describe('the corpus', () => {
  const property = { file: FILE, test: 'a test' };

  it('holds a find once', () => {
    addToCorpus({ properties: [{ ...property, seed: 7 }] });
    addToCorpus({ properties: [{ ...property, seed: 7 }], simulation: [3] });
    addToCorpus({ properties: [{ ...property, seed: 8 }], simulation: [3, 4] });

    expect(readCorpus()).toEqual({
      properties: [
        { ...property, seed: 7 },
        { ...property, seed: 8 },
      ],
      simulation: [3, 4],
    });
  });

  it('returns a case as it was, with any content', () => {
    const odd = [
      [-0, Number.NaN, undefined, 2n, '\ud800', new Uint8Array([1]), JSON.parse('{"__proto__":1}')],
    ];
    const corpus = { ...NOTHING, properties: [{ ...property, seed: 7, value: kept(odd) ?? '' }] };

    expect(propertyRun(property, corpus, undefined).examples).toStrictEqual([odd]);
  });

  it.each([[() => 1], [new URL('http://localhost')], [Symbol.iterator]])(
    'keeps no case that would come back as another: %s',
    (value) => {
      expect(kept([value])).toBeUndefined();
    },
  );

  it('has a property run with its cases, and with the seed of one that could not be kept', () => {
    const { seed: fixed } = propertyRun(property, NOTHING, undefined);
    const properties = [
      { ...property, seed: 7 },
      { ...property, seed: 8, value: kept(['one']) ?? '' },
      { ...property, test: 'another', seed: 9, value: kept(['other']) ?? '' },
    ];

    expect(propertyRun(property, { ...NOTHING, properties }, undefined)).toMatchObject({
      seed: 7,
      examples: [['one']],
    });
    expect(propertyRun({ ...property, test: 'another' }, { ...NOTHING, properties }, undefined)).toEqual({
      seed: fixed,
      examples: [['other']],
    });
    expect(propertyRun(property, { ...NOTHING, properties }, 11)).toMatchObject({ seed: 11, examples: [] });
  });
});
