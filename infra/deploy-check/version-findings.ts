import { resolve } from '../local/template/intrinsics.ts';
import { parameterValues } from '../local/template/parameters.ts';
import type { Template } from '../local/template/template.ts';
import { ConditionScope } from './condition-scope.ts';
import { type ParameterSet, parameterChanges } from './parameter-sets.ts';
import { DeploymentScope, type TemplateFinding } from './template-findings.ts';
import type { TranslatedTemplate } from './translate.ts';

/**
 * Finds functions that another value of a parameter changes without publishing another version, so that their alias keeps the
 * old value. CloudFormation publishes one when a property of AWS::Lambda::Version changes, each of which needs a replacement;
 * SAM names the version by the template's text, which a parameter's value does not change. The updates begin at `set`.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html.
 *
 * @throws DeployCheckError `no-sample` for a parameter of which no other value is known.
 */
export function versionFindings(
  template: Template,
  translated: TranslatedTemplate,
  set: ParameterSet,
): readonly TemplateFinding[] {
  const before = functionsOf(template, translated, set);
  return parameterChanges(template, set).flatMap(({ parameter, value }) => {
    const after = functionsOf(template, translated, { ...set, [parameter]: value });
    const stale = [...after].flatMap(([logicalId, { properties, version }]) => {
      const old = before.get(logicalId);
      return version !== undefined && old?.properties !== properties && old?.version === version
        ? [logicalId]
        : [];
    });
    if (stale.length === 0) return [];
    return [
      {
        where: stale.join(', '),
        what: `would keep the old value behind the alias: no new version is published for another ${parameter}`,
        parameters: { [parameter]: value },
      },
    ];
  });
}

/**
 * Of each function its properties that a version holds (reserved concurrency is the function's alone, see
 * https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html), and those of its published version if there
 * is one.
 */
function functionsOf(
  template: Template,
  translated: TranslatedTemplate,
  set: ParameterSet,
): ReadonlyMap<string, { readonly properties: string; readonly version: string | undefined }> {
  const scope = new DeploymentScope(translated, new ConditionScope(template, parameterValues(template, set)));
  const ofType = (type: string) =>
    Object.entries(translated.Resources).filter(
      ([, { Type, Condition }]) => Type === type && (Condition === undefined || scope.condition(Condition)),
    );
  const versions = new Map(
    ofType('AWS::Lambda::Version').map(([, { Properties }]) => [
      String(Object.values(Properties['FunctionName'] ?? {})[0]),
      JSON.stringify(resolve(Properties, scope)),
    ]),
  );
  return new Map(
    ofType('AWS::Lambda::Function').map(([logicalId, { Properties }]) => {
      const { ReservedConcurrentExecutions: _, ...versioned } = Properties;
      return [
        logicalId,
        { properties: JSON.stringify(resolve(versioned, scope)), version: versions.get(logicalId) },
      ];
    }),
  );
}
