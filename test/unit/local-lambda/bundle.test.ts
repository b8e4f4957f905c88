import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bundleFunctions, codeFolder } from '../../../infra/local/lambda/bundle.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const functionsOf = (...names: readonly string[]) =>
  names.map((logicalId) => ({ logicalId, entryPoint: `handlers/${logicalId}.ts` }));
const both = functionsOf('first', 'second');

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
/** What a fresh process prints that has imported the first function. */
async function printedBy(expressions: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const program = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(await moduleOf('first')).href)});
    console.log(${expressions});`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: environment,
    timeout: 60_000,
  });
  return printed.toString().trim();
}
/** A file that is made again is another one, which was put in its place. */
const made = (file: string): bigint => statSync(file, { bigint: true }).ctimeNs;

describe('functions', () => {
  it('are bundled together to what each becomes alone', async () => {
    const together = await textOf('second');
    rmSync(join(root, '.build'), { recursive: true });
    expect(together).toBe(await textOf('second', functionsOf('second')));
  });

  it('are each one file that holds all it needs', async () => {
    const file = await moduleOf('first');
    rmSync(join(root, 'shared'), { recursive: true });
    const { handler } = await import(pathToFileURL(file).href);
    expect(handler()).toBe('hello from first');
  });

  it('lie where their CodeUri and Handler say, beside a source map without the sources', async () => {
    const file = await moduleOf('first');
    expect(file).toBe(join(root, codeFolder('handlers/first.ts'), 'handlers/first.mjs'));
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    expect(map.sources).toContainEqual(expect.stringContaining('shared/greeting.ts'));
    expect(map.sourcesContent).toBeUndefined();
  });

  it('have a module of ours in the place of a package', async () => {
    put('handlers/first.ts', "import { where } from 'package';\nexport const handler = () => where;");
    put('handlers/replacement.ts', "export const where: string = 'in ours';");
    const first = functionsOf('first');
    const modules = await bundleFunctions(first, root, { alias: { package: 'handlers/replacement.ts' } });
    expect(readFileSync(modules.get('first') ?? '', 'utf8')).toContain('in ours');
  });

  it.each([
    ["import { STATUS_CODES } from 'node:http';", 'STATUS_CODES[404]'],
    ["import http from 'node:http';", 'http.STATUS_CODES[404]'],
    ['', "(await import('node:http')).STATUS_CODES[404]"],
  ])('load of `node:http` only what they use: %s %s', async (imported, used) => {
    put('handlers/first.ts', `${imported}\nexport const handler = async () => ${used};`);
    const printed = await printedBy(
      "await handler(), process.moduleLoadList.some((name) => name.includes('undici/undici'))",
    );
    expect(printed).toBe('Not Found false');
  });

  it('read no configuration files of the SDK', async () => {
    symlinkSync(join(PROJECT_ROOT, 'node_modules/@smithy'), join(root, 'node_modules/@smithy'));
    put('config', '[default]\nretry_mode = adaptive');
    put(
      'handlers/first.ts',
      `import { loadConfig } from '@smithy/core/config';
      export const handler = loadConfig({
        environmentVariableSelector: () => undefined,
        configFileSelector: (profile) => profile.retry_mode,
        default: 'none',
      });`,
    );
    expect(await printedBy('await handler()', { AWS_CONFIG_FILE: join(root, 'config') })).toBe('none');
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

  it('is made again beside others', async () => {
    const before = await textOf('first');
    expect(await textOf('first', functionsOf('first'))).toBe(before);
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
