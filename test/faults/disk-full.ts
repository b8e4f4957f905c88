import { setTimeout as sleep } from 'node:timers/promises';
import { setDiskWatermarks, UNREACHABLE } from '../../infra/local/chaos/faults.ts';
import type { LocalSystem } from '../../infra/local/system/local-system.ts';
import type { Fault } from './fault.ts';
import { playWith } from './faulty-system.ts';
import { until } from './until.ts';

/**
 * The flood stage of a full disk: more free space is asked for than any disk has, and OpenSearch itself then makes its indices
 * read-only. With a byte as the mark it finds space again, and lifts the block itself.
 * See https://docs.opensearch.org/2.19/install-and-configure/configuring-opensearch/cluster-settings/.
 */
export const diskFull: Fault = {
  name: 'OpenSearch: disk full (flood stage)',
  run: (options) =>
    playWith(async (system, { outageMs }) => {
      await setDiskWatermarks(system.clients, UNREACHABLE);
      await until('the indices read-only', () => isReadOnly(system));
      await sleep(outageMs);
      await setDiskWatermarks(system.clients, '1b');
      await until('the indices writable', async () => !(await isReadOnly(system)));
    }, options),
};

async function isReadOnly({ clients }: LocalSystem): Promise<boolean> {
  const { body } = await clients.openSearch.indices.getSettings({
    index: 'orders',
    flat_settings: true,
    name: 'index.blocks.read_only_allow_delete',
  });
  return Object.keys(body).length > 0;
}
