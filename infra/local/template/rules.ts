import { resolveCondition, type Scope } from './intrinsics.ts';
import type { Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/**
 * Holds the parameters against the template's rules, as CloudFormation does before it creates anything.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html.
 *
 * @throws TemplateError naming the first rule that is broken, in the rule's own words.
 */
export function checkRules({ Rules }: Template, scope: Scope): void {
  for (const [name, { RuleCondition, Assertions }] of Object.entries(Rules)) {
    const applies = RuleCondition === undefined || resolveCondition(RuleCondition, scope);
    const broken = applies && Assertions.find(({ Assert }) => !resolveCondition(Assert, scope));
    if (broken)
      throw new TemplateError(
        `The parameters break the rule ${name}: ${broken.AssertDescription}`,
        'Change one of the parameters that the rule names.',
      );
  }
}
