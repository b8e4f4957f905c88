import { errors } from '@opensearch-project/opensearch';
import * as z from 'zod';
import type { OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { UnmodelledError } from './attribute-value.ts';

/** A document, or the memory of one that was removed. */
interface Entry {
  readonly version: number;
  /** Absent once it was removed. */
  readonly source?: unknown;
  readonly atMs: number;
}

const Action = z.object({
  _index: z.string(),
  _id: z.string(),
  version: z.number().optional(),
  version_type: z.enum(['external', 'external_gte']).optional(),
});
const Line = z.union([
  z.object({ index: Action }),
  z.object({ delete: Action }),
  z.object({ update: Action }),
]);
type Operation =
  | { readonly kind: 'index'; readonly action: z.infer<typeof Action>; readonly source: unknown }
  | { readonly kind: 'delete' | 'update'; readonly action: z.infer<typeof Action> };

/** The outcome of one operation. */
export interface ItemResult {
  readonly status: number;
  readonly error?: { readonly type: string };
}

const GC_DELETES_MS = 25 * 60 * 60 * 1_000;
const CONFLICT: ItemResult = { status: 409, error: { type: 'version_conflict_engine_exception' } };
const NO_INDEX: ItemResult = { status: 404, error: { type: 'index_not_found_exception' } };

/** A response of OpenSearch, of any status. */
export interface SearchResponse {
  readonly statusCode: number;
  readonly body: unknown;
}

/** Indices with aliases, whose documents have external versions; a removal's version is remembered for 25 hours. */
export class SearchClusterModel {
  readonly #indices = new Map<string, Map<string, Entry>>();
  readonly #aliases = new Map<string, string>();
  readonly #nowMs: () => number;
  readonly #highest = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  createIndex(name: string, aliases: readonly string[]): void {
    this.#indices.set(name, new Map());
    for (const alias of aliases) this.#aliases.set(alias, name);
  }

  /** The documents of the index of an alias, by their id. */
  documents(alias: string): ReadonlyMap<string, { readonly version: number; readonly source: unknown }> {
    const entries = [...(this.#indexOf(alias) ?? [])];
    return new Map(
      entries.flatMap(([id, { version, source }]) =>
        source === undefined ? [] : [[id, { version, source }]],
      ),
    );
  }

  /** The highest version under which a document was ever written or removed; 0 for none. */
  highestVersion(alias: string, id: string): number {
    return this.#highest.get(`${this.#aliases.get(alias)}/${id}`) ?? 0;
  }

  /** Executes a request. `refused`: the outcome of an operation through an alias instead. */
  execute(
    { method, path, querystring = {}, bulkBody }: OpenSearchRequest,
    refused: (alias: string) => ItemResult | undefined = () => undefined,
  ): SearchResponse {
    if (method === 'POST' && path === '/_bulk' && bulkBody !== undefined) {
      if (querystring['require_alias'] !== 'true') throw new UnmodelledError('A _bulk without require_alias');
      return { statusCode: 200, body: { items: this.#bulk(bulkBody, refused) } };
    }
    if (method === 'GET' && path.startsWith('/_alias/'))
      return this.#aliasesOf(path.slice('/_alias/'.length).split(','));
    if (method === 'GET' && path.includes('/_doc/')) return this.#document(path);
    throw new UnmodelledError(`The request ${method} ${path}`);
  }

  #document(path: string): SearchResponse {
    const [, alias = '', , id = ''] = path.split('/');
    const entry = this.#indexOf(alias)?.get(decodeURIComponent(id));
    if (entry?.source === undefined) return { statusCode: 404, body: { found: false } };
    return { statusCode: 200, body: { found: true, _version: entry.version, _source: entry.source } };
  }

  #aliasesOf(requested: readonly string[]): SearchResponse {
    const found = requested.filter((alias) => this.#aliases.has(alias));
    const missing = requested.filter((alias) => !this.#aliases.has(alias));
    const body: Record<string, unknown> = {};
    for (const alias of found) {
      const index = this.#aliases.get(alias) ?? '';
      body[index] = { aliases: { [alias]: {} } };
    }
    if (missing.length === 0) return { statusCode: 200, body };
    const error = `${missing.length === 1 ? 'alias' : 'aliases'} [${missing.join(',')}] missing`;
    return { statusCode: 404, body: { ...body, error, status: 404 } };
  }

  #bulk(body: string, refused: (alias: string) => ItemResult | undefined): object[] {
    const operations = parsed(body);
    // OpenSearch makes no index of a name that any operation of the request requires to be an alias.
    const required = new Set(
      operations.filter(({ kind }) => kind !== 'delete').map(({ action }) => action._index),
    );
    return operations.map((operation) => {
      const { kind, action } = operation;
      if (!this.#aliases.has(action._index)) {
        if (!required.has(action._index)) throw new UnmodelledError('A delete that would make an index');
        return { [kind]: NO_INDEX };
      }
      return { [kind]: refused(action._index) ?? this.#operate(operation) };
    });
  }

  #operate(operation: Operation): ItemResult {
    const { _index: alias, _id: id, version, version_type: type } = operation.action;
    const index = this.#indexOf(alias);
    if (index === undefined) return NO_INDEX;
    const nowMs = this.#nowMs();
    const current = this.#remembered(index.get(id), nowMs);
    if (operation.kind === 'update')
      return current?.source === undefined
        ? { status: 404, error: { type: 'document_missing_exception' } }
        : { status: 200 };
    if (current !== undefined && !wins(operation.action, current.version)) return CONFLICT;
    const next = type === undefined ? (current?.version ?? 0) + 1 : (version ?? 0);
    const isThere = current?.source !== undefined;
    const key = `${this.#aliases.get(alias)}/${id}`;
    this.#highest.set(key, Math.max(next, this.#highest.get(key) ?? 0));
    if (operation.kind === 'index') {
      index.set(id, { version: next, source: operation.source, atMs: nowMs });
      return { status: isThere ? 200 : 201 };
    }
    index.set(id, { version: next, atMs: nowMs });
    return { status: isThere ? 200 : 404 };
  }

  /** The version of a removal is kept for a limited time. */
  #remembered(entry: Entry | undefined, nowMs: number): Entry | undefined {
    const isForgotten = entry?.source === undefined && nowMs - (entry?.atMs ?? 0) > GC_DELETES_MS;
    return isForgotten ? undefined : entry;
  }

  #indexOf(alias: string): Map<string, Entry> | undefined {
    const name = this.#aliases.get(alias);
    return name === undefined ? undefined : this.#indices.get(name);
  }
}

/** Whether an operation overrides what is there: always without a version of its own. */
const wins = ({ version = 0, version_type: type }: z.infer<typeof Action>, current: number): boolean =>
  type === undefined || version > current || (type === 'external_gte' && version === current);

function parsed(body: string): readonly Operation[] {
  const lines = body.split('\n').filter((line) => line !== '');
  const operations: Operation[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = Line.parse(JSON.parse(lines[at] ?? ''));
    if ('delete' in line) {
      operations.push({ kind: 'delete', action: line.delete });
      continue;
    }
    at += 1;
    const source: unknown = JSON.parse(lines[at] ?? '');
    if ('index' in line) operations.push({ kind: 'index', action: line.index, source });
    else operations.push({ kind: 'update', action: line.update });
  }
  return operations;
}

/** The client's error for a response that is no success. */
export const responseError = ({ statusCode, body }: SearchResponse): errors.ResponseError =>
  new errors.ResponseError({
    statusCode,
    body: body as Record<string, unknown>,
    headers: {},
    warnings: null,
    meta: {} as never,
  });
