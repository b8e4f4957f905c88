import type { StackDefinitions } from '../../scripts/stack-cycles.mjs';
import type { StackSize } from '../../scripts/stack-limits.mjs';
import type { installPythonTools } from '../python-tools.mjs';
import type { StackState } from './released-changes.mjs';

type Tools = ReturnType<typeof installPythonTools>;
export function installTemplateTools(): Tools;
export function translatedStacks(
  tools: Tools,
): readonly (StackSize & StackDefinitions & StackState)[] | undefined;
