import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import { requireJava } from './java.ts';
import type { LocalPart, LocalPartOptions } from './local-part.ts';
import { LocalPartError, type LocalPartErrorCode } from './local-part.ts';
import { fetchOpenSearchJars, openSearchJarsDir } from './opensearch/jars.mjs';
import { type OpenSearchLogin, openSearchLogin } from './opensearch-login.ts';
import { startPartProcess } from './part-process.ts';
import { makeScratchFolder } from './scratch-folder.ts';

const NAME = 'OpenSearch';
const LAUNCHER = fileURLToPath(new URL('OpenSearchNode.java', import.meta.url));
const HEALTH_TIMEOUT_MS = 5_000;
const HEALTH_RETRY = { attemptsMax: 30, delayMsBase: 50, delayMsMax: 500, budgetMs: 20_000 };

/** How the node is set up. */
export interface OpenSearchOptions extends LocalPartOptions {
  /** Whether indices become read-only when the disk is nearly full, as in production. Off: a laptop's disk is often full. */
  readonly diskWatermarks?: boolean;
}

/**
 * Starts one OpenSearch node with its data in `dataDir` or in a folder that goes with it. Where the environment has
 * OPENSEARCH_URL, that cluster is used instead, with the user and password of the environment if there are any, and nothing is started.
 *
 * @throws LocalPartError when Java or Maven is missing, the port is taken, or the cluster does not answer.
 */
export async function startOpenSearch(options: OpenSearchOptions = {}): Promise<LocalPart> {
  const otherCluster = otherOpenSearch();
  if (otherCluster !== undefined) return otherClusterPart(otherCluster, options.signal);
  await Promise.all([requireJava(), fetchJars()]);
  const home = options.dataDir ?? makeScratchFolder();
  mkdirSync(home, { recursive: true });
  const removeHome = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(home, { recursive: true, force: true });
  };
  const started = startPartProcess({
    ...options,
    name: NAME,
    command: 'java',
    args: [...jvmOptions(), LAUNCHER, home, String(options.port ?? 0), ...settings(options)],
  });
  const node = await started.catch(async (error: unknown) => {
    await removeHome();
    throw error;
  });
  const stop = (): Promise<void> => node.stop().then(removeHome);
  try {
    await requireHealth(node.endpoint, options.signal);
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  }
  return { ...node, stop };
}

const jvmOptions = (): readonly string[] => [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-cp',
  join(openSearchJarsDir(), '*'),
];

const settings = ({ diskWatermarks = false }: OpenSearchOptions): readonly string[] => [
  `cluster.routing.allocation.disk.threshold_enabled=${diskWatermarks}`,
  'cluster.name=order-stream-local',
  'node.name=local',
  // Indices are made by pipelines/search with their mappings, never by a stray write.
  'action.auto_create_index=false',
];

/**
 * The cluster that OPENSEARCH_URL names, if any, without a slash at its end.
 *
 * @throws LocalPartError `opensearch-url-refused` for what is no URL, and for one with a user, which neither fetch nor the
 * functions can use.
 */
export function otherOpenSearch(): string | undefined {
  const text = process.env['OPENSEARCH_URL'];
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  const isFit = url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
  if (isFit) return text.replace(/\/+$/, '');
  throw new LocalPartError(
    'opensearch-url-refused',
    'OPENSEARCH_URL is not of the form http://host:port, without user and password',
    'Put a user and password into OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, or unset it to have a cluster started.',
  );
}

async function otherClusterPart(endpoint: string, stopped?: AbortSignal): Promise<LocalPart> {
  await requireHealth(endpoint, stopped);
  return {
    name: NAME,
    endpoint,
    pid: undefined,
    exited: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}

/** Waits until the cluster has recovered its shards, so that the first search after a start finds them. */
async function requireHealth(endpoint: string, stopped?: AbortSignal): Promise<void> {
  const login = openSearchLogin();
  const headers = login && { authorization: basicAuthorization(login) };
  const ask = async (): Promise<void> => {
    const response = await fetch(`${endpoint}/_cluster/health?wait_for_status=yellow&timeout=3s`, {
      signal: AbortSignal.any([AbortSignal.timeout(HEALTH_TIMEOUT_MS), ...(stopped ? [stopped] : [])]),
      ...(headers && { headers }),
    });
    parse(z.object({ status: z.enum(['yellow', 'green']) }), await response.json());
  };
  try {
    await withRetry(ask, { policy: HEALTH_RETRY, isRetryable: () => true, signal: stopped });
  } catch (cause) {
    throw new LocalPartError(
      'part-did-not-answer',
      `${NAME} does not answer as healthy`,
      'Look at its log, or at OPENSEARCH_URL if that is set.',
      { cause },
    );
  }
}

const basicAuthorization = ({ username, password }: OpenSearchLogin): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const FETCH_REMEDIES: Readonly<Record<string, string>> = {
  'maven-missing': 'Install Apache Maven and put its mvn on the path, or name a cluster in OPENSEARCH_URL.',
  'jars-not-fetched': 'Read what mvn printed, or name a cluster in OPENSEARCH_URL.',
};

async function fetchJars(): Promise<void> {
  try {
    await fetchOpenSearchJars();
  } catch (cause) {
    const code: LocalPartErrorCode =
      read(z.object({ code: z.literal('maven-missing') }), cause).data?.code ?? 'jars-not-fetched';
    const message = cause instanceof Error ? cause.message : 'The jars of OpenSearch are missing';
    throw new LocalPartError(code, message, FETCH_REMEDIES[code] ?? '', { cause });
  }
}
