import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { parseJson } from '../../contracts/reading.ts';
import { Resource, type Template } from '../local/template/template.ts';
import { DeployCheckError } from './deploy-check-error.ts';
import { pythonTools } from './python.ts';

const TRANSLATE_TIMEOUT_MS = 2 * 60 * 1_000;

const Translated = z.looseObject({
  Parameters: z.record(z.string(), z.unknown()).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), Resource),
  Outputs: z
    .record(z.string(), z.looseObject({ Condition: z.string().optional(), Value: z.unknown() }))
    .default({}),
});
/** A template as CloudFormation gets it from SAM: resources of CloudFormation's own types only. */
export type TranslatedTemplate = z.infer<typeof Translated>;

/**
 * Has SAM's own translator make CloudFormation's template of it. `codeUri` says where a function's package lies, as
 * `s3://bucket/key`.
 *
 * @throws DeployCheckError `not-translated` with the translator's reasons; PythonToolsError when it cannot be installed.
 */
export async function translate(
  template: Template,
  parameters: Readonly<Record<string, string>>,
  codeUri: (logicalId: string) => string,
): Promise<TranslatedTemplate> {
  const { bin, env } = pythonTools();
  const child = spawn(join(bin, 'python'), [join(import.meta.dirname, 'translate.py')], {
    env,
    stdio: 'pipe',
    timeout: TRANSLATE_TIMEOUT_MS,
  });
  // A translator that has ended closes the pipe; its exit status has the reason.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ template: withCode(template, codeUri), parameters }));
  const [output, reasons, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  if (status !== 0)
    throw new DeployCheckError('not-translated', `SAM does not translate the template: ${reasons.trim()}`);
  return parseJson(Translated, output);
}

const withCode = (template: Template, codeUri: (logicalId: string) => string): unknown => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries(template.Resources).map(([logicalId, resource]) => [
      logicalId,
      resource.Type === 'AWS::Serverless::Function'
        ? { ...resource, Properties: { ...resource.Properties, CodeUri: codeUri(logicalId) } }
        : resource,
    ]),
  ),
});
