import * as z from 'zod';
import type { Operation } from '../../../../contracts/api/operation.ts';
import { operations } from '../../../../contracts/api/operations.ts';
import { Scope } from '../../../../contracts/api/scopes.ts';
import { parseJson } from '../../../../contracts/reading.ts';
import type { LocalSystem } from '../../../local/system/local-system.ts';

const REQUEST_TIMEOUT_MS = 35_000;
const TEXT_SHOWN_MAX = 300;
/** The user of all requests. */
export const USER_ID = 'ada';

/** What a request to an operation has beyond its method and path. */
export interface OperationRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Requests to the API by the ids of its operations, with every scope, and how they ended. */
export class Caller {
  readonly #system: Pick<LocalSystem, 'apiUrl'>;
  readonly #authorization: string;
  readonly #ended = new Map<string, readonly string[]>();
  /** The first value that responses had of each text, by its name: ids that exist. */
  readonly #seen = new Map<string, string>();

  private constructor(system: Pick<LocalSystem, 'apiUrl'>, authorization: string) {
    this.#system = system;
    this.#authorization = authorization;
  }

  static async of(system: Pick<LocalSystem, 'apiUrl' | 'token'>): Promise<Caller> {
    return new Caller(system, `Bearer ${await system.token(USER_ID, ...Scope.options)}`);
  }

  /** Why requests did not succeed, by the operation's id. */
  get failures(): ReadonlyMap<string, readonly string[]> {
    return this.#ended;
  }

  /** The operations that were never requested. */
  get unrequested(): readonly string[] {
    return operations.map(({ id }) => id).filter((id) => !this.#ended.has(id));
  }

  /** Sends a request and returns the body of its response, read by `schema`. A response without it is a failure of the operation. */
  async call<Schema extends z.ZodType>(
    id: string,
    request: OperationRequest,
    schema: Schema,
  ): Promise<z.output<Schema> | undefined> {
    const operation = operations.find((one) => one.id === id);
    const failures = this.#ended.get(id) ?? [];
    this.#ended.set(id, failures);
    if (operation === undefined) return undefined;
    const { status, text } = await this.#send(operation, request);
    if (status === operation.success.status) {
      for (const [, name = '', value = ''] of text.matchAll(/"(\w+)":"([^"\\]+)"/g))
        if (!this.#seen.has(name)) this.#seen.set(name, value);
      return parseJson(schema, text);
    }
    this.#ended.set(id, [...failures, `responds ${status}: ${text.slice(0, TEXT_SHOWN_MAX)}`]);
    return undefined;
  }

  /** Sends a request whose response does not matter but for its status. */
  async use(id: string, request: OperationRequest = {}): Promise<void> {
    await this.call(id, request, z.unknown());
  }

  /** Requests each operation that was not requested yet, with its example and with ids that responses had before. */
  async useRest(): Promise<void> {
    for (const id of this.unrequested) await this.use(id, { path: Object.fromEntries(this.#seen) });
  }

  async #send(
    { method, path: pattern, access, idempotency, example }: Operation,
    { path = {}, query = {}, body = example }: OperationRequest,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const place = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(path[name] ?? USER_ID),
    );
    const response = await fetch(`${this.#system.apiUrl}${place}?${new URLSearchParams(query)}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(access !== 'public' && { authorization: this.#authorization }),
        ...(idempotency !== undefined && { 'idempotency-key': crypto.randomUUID() }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  }
}

const Page = z.object({ nextToken: z.string().optional() });

/** Two pages of a list, where it has two: the second needs the key of page tokens. */
export async function pages(caller: Caller, id: string, request: OperationRequest): Promise<void> {
  const nextToken = (await caller.call(id, request, Page))?.nextToken;
  if (nextToken !== undefined) await caller.use(id, { ...request, query: { ...request.query, nextToken } });
}
