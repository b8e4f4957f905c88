// What CloudFormation takes of one stack.

/**
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-troubleshoot-processed-template.html for the bytes
 */
export const STACK_LIMITS = { resources: 500, parameters: 200, outputs: 200, bytes: 1_000_000 };

/** The share of a limit that a stack may use, so that the next resources still fit while a stack is split. */
export const LIMIT_SHARE = 0.8;

/**
 * The limits of which a stack uses more than its share, each with its figures.
 *
 * @param {import('./stack-limits.mjs').StackSize} stack
 * @returns {string[]}
 */
export const nearLimits = (stack) =>
  Object.entries(STACK_LIMITS).flatMap(([name, limit]) =>
    stack[name] > limit * LIMIT_SHARE
      ? [`${stack.file} has ${stack[name]} ${name}, more than ${LIMIT_SHARE * 100} % of ${limit}`]
      : [],
  );
