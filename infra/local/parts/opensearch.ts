import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import type { LocalPart, LocalPartOptions } from '../machine/local-part.ts';
import { LocalPartError, type LocalPartErrorCode } from '../machine/local-part.ts';
import { makeScratchFolder } from '../machine/scratch-folder.ts';
import { classArchive } from './class-archive.ts';
import { compiledClass } from './compiled-class.ts';
import { JVM_OPTIONS, requireJava } from './java.ts';
import { fetchOpenSearchJars, openSearchJarsDir } from './opensearch/jars.mjs';
import { type OpenSearchLogin, openSearchLogin } from './opensearch-login.ts';
import { startPartProcess } from './part-process.ts';

const NAME = 'OpenSearch';
const LAUNCHER = fileURLToPath(new URL('OpenSearchNode.java', import.meta.url));
const HEALTH_TIMEOUT_MS = 5_000;
const HEALTH_RETRY = { attemptsMax: 30, delayMsBase: 50, delayMsMax: 500, budgetMs: 20_000 };

/** The options of the node. */
export interface OpenSearchOptions extends LocalPartOptions {
  /** Whether indices become read-only when the disk is nearly full, as in production. Off by default: a laptop's disk is often full. */
  readonly diskWatermarks?: boolean;
}

/**
 * Starts one OpenSearch node with its data in `dataDir`, or in a folder that is deleted with the node. If the environment has
 * OPENSEARCH_URL, it uses that cluster, with the environment's user and password if they are set, and starts no node.
 *
 * @throws LocalPartError if Java or Maven is missing, the port is in use, or the cluster is not healthy.
 */
export async function startOpenSearch(options: OpenSearchOptions = {}): Promise<LocalPart> {
  const otherCluster = otherOpenSearch();
  if (otherCluster !== undefined) return otherClusterPart(otherCluster, options.signal);
  const [javaVersion] = await Promise.all([requireJava(), fetchJars()]);
  const home = options.dataDir ?? makeScratchFolder();
  mkdirSync(home, { recursive: true });
  const removeHome = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(home, { recursive: true, force: true });
  };
  const started = startNode(home, javaVersion, options);
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

async function startNode(home: string, javaVersion: string, options: OpenSearchOptions): Promise<LocalPart> {
  const compiled = await compiledClass(LAUNCHER, [join(openSearchJarsDir(), '*')]);
  const archive = await classArchive({
    ...compiled,
    javaVersion,
    jvmOptions: JVM_OPTIONS,
    args: (folder) => [folder, '0', ...settings({})],
    log: options.log,
    signal: options.signal,
  });
  return startPartProcess({
    ...options,
    name: NAME,
    command: 'java',
    args: [
      ...JVM_OPTIONS,
      ...archive,
      '-cp',
      compiled.classPath,
      compiled.mainClass,
      home,
      String(options.port ?? 0),
      ...settings(options),
    ],
  });
}

const settings = ({ diskWatermarks = false }: OpenSearchOptions): readonly string[] => [
  `cluster.routing.allocation.disk.threshold_enabled=${diskWatermarks}`,
  'cluster.name=order-stream-local',
  'node.name=local',
  // pipelines/search creates indices with their mappings. A stray write must not create one.
  'action.auto_create_index=false',
];

/**
 * The cluster that OPENSEARCH_URL names, if any, without a trailing slash.
 *
 * @throws LocalPartError `opensearch-url-refused` for a text that is not a URL, and for a URL with a user, which neither fetch nor the
 * functions can use.
 */
export function otherOpenSearch(): string | undefined {
  const text = process.env['OPENSEARCH_URL'];
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  const isAccepted = url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
  if (isAccepted) return text.replace(/\/+$/, '');
  throw new LocalPartError(
    'opensearch-url-refused',
    'OPENSEARCH_URL is not of the form http://host:port, without user and password',
    'Set user and password in OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD. Unset OPENSEARCH_URL to start a local node.',
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
  const check = async (): Promise<void> => {
    const response = await fetch(`${endpoint}/_cluster/health?wait_for_status=yellow&timeout=3s`, {
      signal: AbortSignal.any([AbortSignal.timeout(HEALTH_TIMEOUT_MS), ...(stopped ? [stopped] : [])]),
      ...(headers && { headers }),
    });
    parse(z.object({ status: z.enum(['yellow', 'green']) }), await response.json());
  };
  try {
    await withRetry(check, { policy: HEALTH_RETRY, isRetryable: () => true, signal: stopped });
  } catch (cause) {
    throw new LocalPartError(
      'part-not-healthy',
      `${NAME} is not healthy`,
      'Check its log, or OPENSEARCH_URL if it is set.',
      { cause },
    );
  }
}

const basicAuthorization = ({ username, password }: OpenSearchLogin): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const FETCH_REMEDIES: Readonly<Record<string, string>> = {
  'maven-missing': 'Install Apache Maven and add its mvn to the PATH, or name a cluster in OPENSEARCH_URL.',
  'jars-not-fetched': 'Check the output of mvn, or name a cluster in OPENSEARCH_URL.',
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
