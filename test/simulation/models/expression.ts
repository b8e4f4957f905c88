import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compared, type Image, isEqual, numberOf, UnmodelledError } from './attribute-value.ts';

/** The placeholders for names and values in an expression. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Image | undefined;
}

type Operand =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'if-not-exists'; readonly name: string; readonly other: Operand }
  | { readonly kind: 'size'; readonly of: Operand }
  | { readonly kind: 'list-append'; readonly first: Operand; readonly second: Operand };

type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'exists'; readonly name: string; readonly isThere: boolean }
  | { readonly kind: 'begins-with'; readonly operand: Operand; readonly prefix: Operand };

interface Update {
  readonly set: readonly {
    readonly name: string;
    readonly first: Operand;
    readonly sign?: '+' | '-';
    readonly second?: Operand;
  }[];
  readonly remove: readonly string[];
  readonly add: readonly { readonly name: string; readonly value: Operand }[];
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),+-]|[#:]?[A-Za-z_][A-Za-z0-9_]*)/gy;
const COMPARATORS = new Set(['=', '<>', '<', '<=', '>', '>=']);
const CLAUSES = new Set(['SET', 'REMOVE', 'ADD']);

/**
 * The subset of DynamoDB's expressions that this project sends: top-level attributes, no sets, lists as far as they are counted and appended to. Anything else
 * throws an {@link UnmodelledError}.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html.
 */
class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    const tokens = [...text.matchAll(TOKEN)].map(([, token]) => token ?? '');
    if (tokens.join('') !== text.replace(/\s+/g, '')) throw new UnmodelledError(`The expression ${text}`);
    this.#tokens = tokens;
  }

  condition(): Condition {
    const parsed = this.#or();
    if (this.#peek !== undefined) this.#unknown();
    return parsed;
  }

  names(): readonly string[] {
    const names = [this.#take()];
    while (this.#accept(',')) names.push(this.#take());
    if (this.#peek !== undefined) this.#unknown();
    return names;
  }

  update(): Update {
    const update = {
      set: [] as Update['set'][number][],
      remove: [] as string[],
      add: [] as Update['add'][number][],
    };
    while (this.#peek !== undefined) {
      const clause = this.#take();
      if (!CLAUSES.has(clause)) this.#unknown();
      do {
        const name = this.#take();
        if (clause === 'REMOVE') update.remove.push(name);
        else if (clause === 'ADD') update.add.push({ name, value: this.#operand() });
        else update.set.push(this.#assignment(name));
      } while (this.#accept(','));
    }
    return update;
  }

  #assignment(name: string): Update['set'][number] {
    this.#expect('=');
    const first = this.#operand();
    const sign = this.#peek;
    if (sign !== '+' && sign !== '-') return { name, first };
    this.#take();
    return { name, first, sign, second: this.#operand() };
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#accept('OR')) parts.push(this.#and());
    return { kind: 'or', parts };
  }

  #and(): Condition {
    const parts = [this.#term()];
    while (this.#accept('AND')) parts.push(this.#term());
    return { kind: 'and', parts };
  }

  #term(): Condition {
    if (this.#accept('NOT')) return { kind: 'not', part: this.#term() };
    if (this.#accept('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const called = this.#called();
    if (called !== undefined) return called;
    const left = this.#operand();
    const operator = this.#take();
    if (operator === 'BETWEEN') {
      const from = this.#operand();
      this.#expect('AND');
      return { kind: 'between', operand: left, from, to: this.#operand() };
    }
    if (operator === 'IN') return { kind: 'in', operand: left, options: this.#list() };
    if (!COMPARATORS.has(operator)) this.#unknown();
    return { kind: 'compare', operator, left, right: this.#operand() };
  }

  #called(): Condition | undefined {
    const name = this.#peek;
    if (name !== 'attribute_exists' && name !== 'attribute_not_exists' && name !== 'begins_with')
      return undefined;
    this.#take();
    this.#expect('(');
    const operand = this.#operand();
    let condition: Condition;
    if (name === 'begins_with') {
      this.#expect(',');
      condition = { kind: 'begins-with', operand, prefix: this.#operand() };
    } else {
      if (operand.kind !== 'name') return this.#unknown();
      condition = { kind: 'exists', name: operand.name, isThere: name === 'attribute_exists' };
    }
    this.#expect(')');
    return condition;
  }

  #list(): readonly Operand[] {
    this.#expect('(');
    const options = [this.#operand()];
    while (this.#accept(',')) options.push(this.#operand());
    this.#expect(')');
    return options;
  }

  #operand(): Operand {
    const token = this.#take();
    if (token.startsWith(':')) return { kind: 'value', name: token };
    if (this.#peek !== '(') return { kind: 'name', name: token };
    this.#expect('(');
    const first = this.#operand();
    if (token === 'size') {
      this.#expect(')');
      return { kind: 'size', of: first };
    }
    this.#expect(',');
    const second = this.#operand();
    this.#expect(')');
    if (token === 'list_append') return { kind: 'list-append', first, second };
    if (token !== 'if_not_exists' || first.kind !== 'name') return this.#unknown();
    return { kind: 'if-not-exists', name: first.name, other: second };
  }

  get #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token ?? this.#unknown();
  }

  #accept(token: string): boolean {
    if (this.#peek !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) this.#unknown();
  }

  #unknown(): never {
    throw new UnmodelledError(`The expression ${this.#tokens.join(' ')}, at its part ${this.#at + 1}`);
  }
}

const memoized = <Parsed>(parse: (text: string) => Parsed): ((text: string) => Parsed) => {
  const known = new Map<string, Parsed>();
  return (text) => {
    const parsed = known.get(text) ?? parse(text);
    known.set(text, parsed);
    return parsed;
  };
};
const conditionOf = memoized((text) => new Parser(text).condition());
const updateOf = memoized((text) => new Parser(text).update());
const namesOf = memoized((text) => new Parser(text).names());

/** Whether a condition, filter or key condition holds for an item; without an expression it does. */
export function holds(expression: string | undefined, item: Image | undefined, by: Placeholders): boolean {
  return expression === undefined || test(conditionOf(expression), item ?? {}, by);
}

function test(condition: Condition, item: Image, by: Placeholders): boolean {
  const value = (operand: Operand): AttributeValue | undefined => valueIn(operand, item, by);
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => test(part, item, by));
    case 'or':
      return condition.parts.some((part) => test(part, item, by));
    case 'not':
      return !test(condition.part, item, by);
    case 'exists':
      return (item[nameOf(condition.name, by)] !== undefined) === condition.isThere;
    case 'begins-with': {
      const [text, prefix] = [value(condition.operand)?.S, value(condition.prefix)?.S];
      return text !== undefined && prefix !== undefined && text.startsWith(prefix);
    }
    case 'in':
      return condition.options.some((option) => isEqual(value(condition.operand), value(option)));
    case 'between':
      return (
        compares('>=', value(condition.operand), value(condition.from)) &&
        compares('<=', value(condition.operand), value(condition.to))
      );
    case 'compare':
      return compares(condition.operator, value(condition.left), value(condition.right));
  }
}

function compares(
  operator: string,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (operator === '=') return isEqual(left, right);
  if (operator === '<>') return !isEqual(left, right);
  const order = compared(left, right);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** An update of an attribute of a wrong type, or of none. */
export class InvalidUpdateError extends Error {}

/** The item that an update leaves. Every right side sees the item as it was. */
export function updated(expression: string, item: Image, by: Placeholders): Image {
  const { set, remove, add } = updateOf(expression);
  const next: Record<string, AttributeValue> = { ...item };
  for (const { name, first, sign, second } of set) {
    const left = valueIn(first, item, by);
    if (left === undefined) throw new InvalidUpdateError('An operand names no attribute of the item');
    next[nameOf(name, by)] =
      second === undefined ? left : sum(left, valueIn(second, item, by), sign === '-' ? -1 : 1);
  }
  for (const name of remove) delete next[nameOf(name, by)];
  for (const { name, value } of add) {
    const key = nameOf(name, by);
    next[key] = sum(item[key] ?? { N: '0' }, valueIn(value, item, by), 1);
  }
  return next;
}

function sum(left: AttributeValue, right: AttributeValue | undefined, sign: 1 | -1): AttributeValue {
  const [one, other] = [numberOf(left), numberOf(right)];
  if (one === undefined || other === undefined)
    throw new InvalidUpdateError('An operand of a sum is no number');
  const result = one + sign * other;
  if (!Number.isSafeInteger(result)) throw new UnmodelledError(`The sum ${result}`);
  return { N: String(result) };
}

/** The attributes that a projection names. */
export function projected(expression: string | undefined, item: Image, by: Placeholders): Image {
  if (expression === undefined) return item;
  const names = new Set(namesOf(expression).map((name) => nameOf(name, by)));
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}

function valueIn(operand: Operand, item: Image, by: Placeholders): AttributeValue | undefined {
  switch (operand.kind) {
    case 'name':
      return item[nameOf(operand.name, by)];
    case 'if-not-exists':
      return item[nameOf(operand.name, by)] ?? valueIn(operand.other, item, by);
    case 'size':
      return sizeOf(valueIn(operand.of, item, by));
    case 'list-append': {
      const [first, second] = [valueIn(operand.first, item, by), valueIn(operand.second, item, by)];
      if (first?.L === undefined || second?.L === undefined)
        throw new InvalidUpdateError('An operand of list_append is no list');
      return { L: [...first.L, ...second.L] };
    }
    case 'value': {
      const value = by.ExpressionAttributeValues?.[operand.name];
      if (value === undefined) throw new UnmodelledError(`The value ${operand.name}, which is not given`);
      return value;
    }
  }
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (value.L === undefined) throw new UnmodelledError('The size of what is no list');
  return { N: String(value.L.length) };
}

function nameOf(name: string, by: Placeholders): string {
  if (!name.startsWith('#')) return name;
  const named = by.ExpressionAttributeNames?.[name];
  if (named === undefined) throw new UnmodelledError(`The name ${name}, which is not given`);
  return named;
}
