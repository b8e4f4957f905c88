import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bundleFunctions } from '../../../infra/local/lambda/bundle.ts';
import { localPlan } from '../../../infra/local/template/local-plan.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';

const functionYaml = (name: string, options = '') => `
  ${name}:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: esbuild
      BuildProperties: { Format: esm, Target: es2024, OutExtension: [.js=.mjs], EntryPoints: [handlers/${name}.ts], ${options} }
    Properties: { Handler: handlers/${name}.handler }`;
const functionsOf = (...resources: readonly string[]) =>
  localPlan(
    parseTemplate(`
Globals:
  Function: { Timeout: 10, MemorySize: 256, Runtime: nodejs24.x, Environment: { Variables: {} } }
Resources:${resources.join('')}`),
    {},
    'http://127.0.0.1',
  ).functions;
const both = functionsOf(functionYaml('first'), functionYaml('second'));

let root = '';
const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const file of ['package.json', 'tsconfig.json', 'node_modules/.package-lock.json']) put(file, '{}');
  put('shared/greeting.ts', "export const greeting: string = 'hello';");
  for (const name of ['first', 'second'])
    put(
      `handlers/${name}.ts`,
      `import { greeting } from '../shared/greeting.ts';\nexport const handler = () => \`\${greeting} from ${name}\`;`,
    );
});

const moduleOf = async (name: string, functions = both): Promise<string> =>
  (await bundleFunctions(functions, root)).get(name) ?? '';
const textOf = async (name: string, functions = both): Promise<string> =>
  readFileSync(await moduleOf(name, functions), 'utf8');
/** A file that is made again is another one, which was put in its place. */
const made = (file: string): bigint => statSync(file, { bigint: true }).ctimeNs;

describe('functions', () => {
  it('are bundled together to what each becomes alone', async () => {
    const together = await textOf('second');
    rmSync(join(root, '.build'), { recursive: true });
    expect(together).toBe(await textOf('second', functionsOf(functionYaml('second'))));
  });

  it('are each one file that holds all it needs', async () => {
    const file = await moduleOf('first');
    rmSync(join(root, 'shared'), { recursive: true });
    const { handler } = await import(pathToFileURL(file).href);
    expect(handler()).toBe('hello from first');
  });

  it('are bundled by their own options', async () => {
    const functions = functionsOf(functionYaml('first', 'Minify: true'), functionYaml('second'));
    expect(await textOf('first', functions)).not.toContain('// shared/greeting.ts');
    expect(await textOf('second', functions)).toContain('// shared/greeting.ts');
  });

  it('are reported by file and line when they do not bundle', async () => {
    put('handlers/second.ts', "\nimport './missing.ts';");
    await expect(moduleOf('first')).rejects.toThrow('handlers/second.ts:2:7: ERROR: Could not resolve');
  });
});

describe('a bundle that is there', () => {
  it('is kept while nothing has changed', async () => {
    const file = await moduleOf('first');
    const before = made(file);
    await moduleOf('first');
    expect(made(file)).toBe(before);
  });

  it.each(['shared/greeting.ts', 'tsconfig.json', 'node_modules/.package-lock.json'])(
    'is made again after a change of %s',
    async (changed) => {
      const file = await moduleOf('first');
      const before = made(file);
      put(changed, `${readFileSync(join(root, changed), 'utf8')}\n`);
      await moduleOf('first');
      expect(made(file)).not.toBe(before);
    },
  );

  it('is made again by other options', async () => {
    const before = await textOf('first');
    const minified = functionsOf(functionYaml('first', 'Minify: true'), functionYaml('second'));
    expect(await textOf('first', minified)).not.toBe(before);
    expect(await textOf('first')).toBe(before);
  });

  it('is made again when it was damaged or removed', async () => {
    const before = await textOf('first');
    writeFileSync(await moduleOf('first'), 'half of a bun');
    expect(await textOf('first')).toBe(before);
    rmSync(await moduleOf('first'));
    expect(await textOf('first')).toBe(before);
  });

  it('does not hide that a source was deleted', async () => {
    await moduleOf('first');
    rmSync(join(root, 'shared/greeting.ts'));
    await expect(moduleOf('first')).rejects.toThrow('Could not resolve "../shared/greeting.ts"');
  });

  it('is not trusted when a source was written while it was made', async () => {
    const bundling = moduleOf('first');
    const source = join(root, 'shared/greeting.ts');
    const writing = setInterval(() => utimesSync(source, new Date(), new Date()), 1);
    onTestFinished(() => clearInterval(writing));
    const file = await bundling;
    clearInterval(writing);
    const before = made(file);
    await moduleOf('first');
    expect(made(file)).not.toBe(before);
  });
});
