// What the template's stacks amount to, by SAM's own translator.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPythonTools } from '../python-tools.mjs';

const PINS = ['cfn-lint==1.58.0', 'aws-sam-cli==1.170.0'];
const TRANSLATE_TIMEOUT_MS = 2 * 60 * 1_000;
// Twice what CloudFormation takes of the texts of all stacks.
const OUTPUT_BYTES_MAX = 8_000_000;
const HERE = dirname(fileURLToPath(import.meta.url));

/** The tools of `npm run check:template`. @throws PythonToolsError when they cannot be installed. */
export const installTemplateTools = () => installPythonTools('check-template', PINS);

/** The stack of infra/template.yaml and those nested in it; `undefined` where SAM refuses the template, and has said why. */
export function translatedStacks({ bin, env }) {
  const { status, stdout } = spawnSync(
    join(bin, 'python'),
    [join(HERE, 'stacks.py'), join('infra', 'template.yaml')],
    {
      cwd: resolve(HERE, '../../..'),
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: TRANSLATE_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
    },
  );
  return status === 0 ? JSON.parse(stdout) : undefined;
}
