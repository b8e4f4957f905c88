// Whether CloudFormation finds an order in which to make the resources of a stack.

/** A name in a text of Fn::Sub, with or without an attribute; `${!Name}` is none. */
const SUBSTITUTED = /\$\{([^!.}][^.}]*)/g;

/** What an intrinsic function names itself, and not in its arguments. */
const NAMED_BY = {
  Ref: (name) => [name],
  'Fn::GetAtt': (attribute) => [[attribute].flat()[0].split('.')[0]],
  'Fn::Sub': (argument) => {
    const [text, own = {}] = [argument].flat();
    return [...text.matchAll(SUBSTITUTED)].flatMap(([, name]) => (name in own ? [] : [name]));
  },
};

/** What a value names: resources, parameters and pseudo parameters. */
const namesIn = (value) =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, argument]) => [
        ...(NAMED_BY[name]?.(argument) ?? []),
        ...namesIn(argument),
      ])
    : [];

/**
 * The cycles of a stack's resources, each once, as `One -> Other -> One`. A resource waits for what it names anywhere, also in the branches of
 * conditions and in an UpdatePolicy, and for what it depends on.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
 * @param {import('./stack-cycles.mjs').StackDefinitions} stack
 * @returns {string[]}
 */
export function cyclesOf({ file, definitions }) {
  const waitsFor = ([, resource]) =>
    [...new Set([...[resource.DependsOn ?? []].flat(), ...namesIn(resource)])].filter(
      (name) => name in definitions,
    );
  const edges = new Map(Object.entries(definitions).map((entry) => [entry[0], waitsFor(entry)]));
  const cycles = [];
  const done = new Set();
  const path = [];
  const visit = (name) => {
    if (path.includes(name)) {
      cycles.push(`${file}: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`);
      return;
    }
    if (done.has(name)) return;
    path.push(name);
    for (const next of edges.get(name)) visit(next);
    path.pop();
    done.add(name);
  };
  for (const name of edges.keys()) visit(name);
  return cycles;
}
