/** The resources of a stack when CloudFormation has run its transforms, by their logical ids. */
export interface StackDefinitions {
  readonly file: string;
  readonly definitions: Readonly<Record<string, object>>;
}

export function cyclesOf(stack: StackDefinitions): string[];
