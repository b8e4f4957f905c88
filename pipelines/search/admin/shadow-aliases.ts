import { SearchUnavailableError } from '../errors.ts';
import { INDEX_NAMES, type IndexName, shadowAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse, type Timeouts } from '../open-search.ts';
import { aliasesByIndex } from './admin-request.ts';

/** The dependencies of {@link ShadowAliases}. */
export interface ShadowAliasesOptions {
  readonly client: OpenSearchClient;
  /** How long a response is valid, in milliseconds; {@link SHADOW_AGE_MS_MAX} by default. */
  readonly ageMsMax?: number | undefined;
  readonly nowMs?: () => number;
}

/** How long a writer may not know of a new shadow index: a rebuild waits longer before it relies on the writers. */
export const SHADOW_AGE_MS_MAX = 5_000;
const HTTP_OK = 200;
const HTTP_NOT_FOUND = 404;

/** Knows which indices have a shadow index, at the cost of one request every few seconds. */
export class ShadowAliases {
  readonly #client: OpenSearchClient;
  readonly #ageMsMax: number;
  readonly #nowMs: () => number;
  #known: { readonly names: ReadonlySet<IndexName>; readonly askedAtMs: number } | undefined;

  // The wall clock, since it continues while Lambda freezes the process.
  constructor({ client, ageMsMax = SHADOW_AGE_MS_MAX, nowMs = Date.now }: ShadowAliasesOptions) {
    this.#client = client;
    this.#ageMsMax = ageMsMax;
    this.#nowMs = nowMs;
  }

  /**
   * The indices that have a shadow index, not older than the age. Never guessed: a write that misses a shadow index is lost there.
   *
   * @throws SearchUnavailableError when OpenSearch does not return the aliases; OutOfTimeError.
   */
  async names(timeouts: Timeouts): Promise<ReadonlySet<IndexName>> {
    const askedAtMs = this.#nowMs();
    if (this.#known !== undefined && askedAtMs - this.#known.askedAtMs < this.#ageMsMax)
      return this.#known.names;
    const path = `/_alias/${INDEX_NAMES.map(shadowAlias).join(',')}`;
    const response = await openSearchResponse(this.#client, { method: 'GET', path }, timeouts);
    // A body that is no object is not from OpenSearch, but from a proxy before it.
    const isOpenSearchBody = typeof response.body === 'object' && response.body !== null;
    if (!isOpenSearchBody || (response.status !== HTTP_OK && response.status !== HTTP_NOT_FOUND)) {
      throw new SearchUnavailableError(
        `OpenSearch did not return the shadow aliases: ${response.status} ${errorType(response) ?? 'without a reason'}`,
      );
    }
    const aliases = [...aliasesByIndex(response.body).values()];
    const isShadowed = (name: IndexName): boolean =>
      aliases.some((ofIndex) => ofIndex.has(shadowAlias(name)));
    const names = new Set(INDEX_NAMES.filter(isShadowed));
    this.#known = { names, askedAtMs };
    return names;
  }

  /** Sends a request at the next use: the known aliases are outdated. */
  forget(): void {
    this.#known = undefined;
  }
}
