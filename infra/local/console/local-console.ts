import type { LocalSystem } from '../system/local-system.ts';
import { startConsoleServer } from './console-server.ts';
import { consolePage, shopPage } from './page.ts';
import { ThroughputHistory } from './throughput-history.ts';

/** Serves the console and the shop's page of a local system, without a log-in: a caller who can reach this machine's own ports is its operator. */
export async function startLocalConsole(
  { apiUrl, token, mappings, metrics }: Pick<LocalSystem, 'apiUrl' | 'token' | 'mappings' | 'metrics'>,
  port?: number,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const pages = { console: await consolePage(), shop: await shopPage() };
  const history = new ThroughputHistory(mappings, metrics);
  const source = {
    title: 'local',
    apiUrl,
    token: () => token('console', 'ops:read', 'ops:write'),
    throughput: () => history.view(),
  };
  const { url, stop } = await startConsoleServer(source, pages, port);
  return {
    url,
    stop: async () => {
      history.stop();
      await stop();
    },
  };
}
