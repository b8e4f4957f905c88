/** Names that expressions refer to by Ref, by `${...}` of Fn::Sub, or by Fn::GetAtt, anywhere in `value`. */
export function referredNames(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  visit(value, (key, argument) => {
    // SAM's own references name a function's alias or version after a dot.
    if (key === 'Ref' && typeof argument === 'string') names.add(argument.replace(/\.\w+$/, ''));
    if (key === 'Fn::GetAtt' && Array.isArray(argument)) names.add(String(argument[0]));
    if (key !== 'Fn::Sub') return;
    const text = String(Array.isArray(argument) ? argument[0] : argument);
    for (const [, name = ''] of text.matchAll(/\$\{([^!}.]+)[^}]*\}/g)) names.add(name.trim());
  });
  return names;
}

/** Shows every member of an expression, with its name. */
export function visit(value: unknown, see: (key: string, argument: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) visit(element, see);
    return;
  }
  for (const [key, argument] of Object.entries(value)) {
    see(key, argument);
    visit(argument, see);
  }
}
