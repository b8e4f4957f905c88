import { describe, expect, it } from 'vitest';
import { versionFindings } from '../../../infra/deploy-check/version-findings.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';

/** The findings for a function that reads Days, whose version has these properties. */
function findingsWith(version: string) {
  const template = parseTemplate(`
Parameters:
  Days: {Type: Number, Default: 0, MinValue: 0, MaxValue: 9}
  Other: {Type: String, Default: n, AllowedValues: [y, n]}
Globals: {Function: {}}
Resources:
  Fn: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {DAYS: !Ref Days}}}}
${version}`);
  return versionFindings(template, { ...template, Outputs: {} }, {});
}

describe('another value of a parameter that a function reads', () => {
  it('is found where no version is published for it', () => {
    expect(findingsWith('  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn}}')).toEqual([
      { where: 'Fn', what: expect.stringContaining('another Days'), parameters: { Days: '9' } },
    ]);
  });

  it('is no finding where the description of the version has it', () => {
    const version = `  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn, Description: !Sub "\${Days}"}}`;
    expect(findingsWith(version)).toEqual([]);
  });

  it('is no finding where no version is published', () => {
    expect(findingsWith('')).toEqual([]);
  });
});
