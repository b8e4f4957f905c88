import { describe, expect, it } from 'vitest';
import {
  decidingParameters,
  parameterSets as deployments,
  type ParameterSet,
  parametersBehind,
} from '../../../infra/deploy-check/parameter-sets.ts';
import { parseTemplate, type Template } from '../../../infra/local/template/template.ts';

const parameterSets = (template: Template, required: ParameterSet) =>
  deployments(template, required).map(({ set }) => set);

const templateOf = (parameters: string, conditions: string, rules = '') =>
  parseTemplate(`
Parameters:
${parameters}
Rules: {${rules}}
Conditions:
${conditions}
Globals: {Function: {}}
Resources: {}
`);

describe('parameterSets', () => {
  it('has every combination of allowed values, the default first', () => {
    const template = templateOf(
      `
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  B: {Type: Number, Default: 1, AllowedValues: [1, 2]}`,
      `
  HasA: !Equals [!Ref A, y]
  HasB: !Equals [!Ref B, 2]`,
    );
    expect(parameterSets(template, {})).toEqual([
      { A: 'n', B: '1' },
      { A: 'n', B: '2' },
      { A: 'y', B: '1' },
      { A: 'y', B: '2' },
    ]);
  });

  it('leaves out parameters that no condition and no rule reads', () => {
    const template = templateOf(
      `
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  B: {Type: String, Default: n, AllowedValues: [y, n]}`,
      '  HasA: !Equals [!Ref A, y]',
    );
    expect(decidingParameters(template)).toEqual(['A']);
    expect(parameterSets(template, {})).toEqual([{ A: 'n' }, { A: 'y' }]);
  });

  it('gives a parameter without allowed values what it is compared with', () => {
    const template = templateOf('  A: {Type: String, Default: x}', '  Special: !Equals [!Ref A, special]');
    expect(parameterSets(template, {})).toEqual([{ A: 'x' }, { A: 'special' }]);
  });

  it('gives a number its bounds', () => {
    const template = templateOf(
      '  A: {Type: Number, Default: 0, MinValue: 0, MaxValue: 9}',
      '  HasA: !Not [!Equals [!Ref A, 0]]',
    );
    expect(parameterSets(template, {})).toEqual([{ A: '0' }, { A: '9' }]);
  });

  it('finds a sample that the pattern lets through', () => {
    const template = templateOf(
      `  A: {Type: String, Default: '', AllowedPattern: '^(https://\\S+)?$'}`,
      `  HasA: !Not [!Equals [!Ref A, '']]`,
    );
    expect(parameterSets(template, {})).toEqual([{ A: '' }, { A: 'https://example.org/path' }]);
  });

  it('names a parameter of which it knows no other value', () => {
    const template = templateOf(
      `  A: {Type: String, Default: '', AllowedPattern: '^(zz)?$'}`,
      `  HasA: !Not [!Equals [!Ref A, '']]`,
    );
    expect(() => parameterSets(template, {})).toThrow(/parameter A /);
  });

  it('leaves out what breaks a rule', () => {
    const template = templateOf(
      `
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  B: {Type: String, Default: n, AllowedValues: [y, n]}`,
      '  HasA: !Equals [!Ref A, y]',
      'R: {RuleCondition: !Equals [!Ref A, y], Assertions: [{Assert: !Equals [!Ref B, y], AssertDescription: A needs B}]}',
    );
    expect(parameterSets(template, {})).toEqual([
      { A: 'n', B: 'n' },
      { A: 'n', B: 'y' },
      { A: 'y', B: 'y' },
    ]);
  });

  it('refuses more sets than can be looked at', () => {
    const names = Array.from({ length: 18 }, (_, index) => `P${index}`);
    const template = templateOf(
      names.map((name) => `  ${name}: {Type: String, Default: n, AllowedValues: [y, n]}`).join('\n'),
      names.map((name) => `  Has${name}: !Equals [!Ref ${name}, y]`).join('\n'),
    );
    expect(() => parameterSets(template, {})).toThrow(/more than/);
  });

  it('varies only the parameters that are named', () => {
    const template = templateOf(
      `
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  B: {Type: String, Default: n, AllowedValues: [y, n]}`,
      `
  HasA: !Equals [!Ref A, y]
  HasB: !Equals [!Ref B, y]`,
    );
    expect(deployments(template, {}, ['B']).map(({ set }) => set)).toEqual([{ B: 'n' }, { B: 'y' }]);
  });
});

describe('the parameters behind a part', () => {
  const template = templateOf(
    `
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  B: {Type: String, Default: n, AllowedValues: [y, n]}
  C: {Type: String, Default: n, AllowedValues: [y, n]}
  D: {Type: String, Default: n, AllowedValues: [y, n]}`,
    `
  HasA: !Equals [!Ref A, y]
  HasAandB: !And [!Condition HasA, !Equals [!Ref B, y]]
  HasD: !Equals [!Ref D, y]`,
    'R: {Assertions: [{Assert: !Not [!Equals [!Ref B, !Ref C]], AssertDescription: no}]}',
  );

  it('are those of its conditions, of the conditions that they ask, and of the rules about any of them', () => {
    expect(parametersBehind(template, {}, ['HasAandB'])).toEqual(['A', 'B', 'C']);
  });

  it('are those that it refers to, where a condition or a rule reads them', () => {
    expect(parametersBehind(template, { Name: { Ref: 'D' } }, [])).toEqual(['D']);
  });
});
