import { SearchUnavailableError } from '../errors.ts';
import { INDEX_NAMES, type IndexName, shadowAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchAnswer, type Timeouts } from '../open-search.ts';
import { aliasesByIndex } from './admin-request.ts';

/** What a {@link MirrorAliases} is made of. */
export interface ShadowAliasesOptions {
  readonly client: OpenSearchClient;
  /** For how long an answer counts, in milliseconds; {@link MIRROR_AGE_MS_MAX} unless told. */
  readonly ageMsMax?: number | undefined;
  readonly nowMs?: () => number;
}

/** For how long a writer may not know of a new mirror: whoever makes one waits longer before counting on it. */
export const SHADOW_AGE_MS_MAX = 5_000;
const HTTP_OK = 200;
const HTTP_NOT_FOUND = 404;

/** Knows which indices have a mirror, at the cost of a request in some seconds. */
export class ShadowAliases {
  readonly #client: OpenSearchClient;
  readonly #ageMsMax: number;
  readonly #nowMs: () => number;
  #known: { readonly names: ReadonlySet<IndexName>; readonly askedAtMs: number } | undefined;

  // The wall clock, for it goes on while Lambda freezes the process.
  constructor({ client, ageMsMax = SHADOW_AGE_MS_MAX, nowMs = Date.now }: ShadowAliasesOptions) {
    this.#client = client;
    this.#ageMsMax = ageMsMax;
    this.#nowMs = nowMs;
  }

  /**
   * The indices that have a mirror, as of no longer ago than the age. Never guessed: a write that misses a mirror is lost on it.
   *
   * @throws SearchUnavailableError when OpenSearch does not tell; OutOfTimeError.
   */
  async names(timeouts: Timeouts): Promise<ReadonlySet<IndexName>> {
    const askedAtMs = this.#nowMs();
    if (this.#known !== undefined && askedAtMs - this.#known.askedAtMs < this.#ageMsMax)
      return this.#known.names;
    const path = `/_alias/${INDEX_NAMES.map(shadowAlias).join(',')}`;
    const answer = await openSearchAnswer(this.#client, { method: 'GET', path }, timeouts);
    // What is no object is no answer of OpenSearch's, but of something before it.
    const isAnswer = typeof answer.body === 'object' && answer.body !== null;
    if (!isAnswer || (answer.status !== HTTP_OK && answer.status !== HTTP_NOT_FOUND)) {
      throw new SearchUnavailableError(
        `OpenSearch did not tell the mirrors: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
      );
    }
    const aliases = [...aliasesByIndex(answer.body).values()];
    const isShadowed = (name: IndexName): boolean =>
      aliases.some((ofIndex) => ofIndex.has(shadowAlias(name)));
    const names = new Set(INDEX_NAMES.filter(isShadowed));
    this.#known = { names, askedAtMs };
    return names;
  }

  /** Asks again at the next use: what was known has turned out to be over. */
  forget(): void {
    this.#known = undefined;
  }
}
