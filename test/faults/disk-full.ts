import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalSystem } from '../../infra/local/system/local-system.ts';
import type { Fault } from './fault.ts';
import { playWith } from './faulty-system.ts';
import { until } from './until.ts';

const WATERMARK = 'cluster.routing.allocation.disk.watermark';
/** OpenSearch does not check more often. */
const LOOK_INTERVAL = '10s';

/**
 * The flood stage of a full disk: more free space is asked for than any disk has, and OpenSearch itself then makes its indices
 * read-only. With a byte as the mark it finds space again, and lifts the block itself.
 * See https://docs.opensearch.org/2.19/install-and-configure/configuring-opensearch/cluster-settings/.
 */
export const diskFull: Fault = {
  name: 'OpenSearch: disk full (flood stage)',
  run: (options) =>
    playWith(async (system, { outageMs }) => {
      await setWatermarks(system, '1000000tb');
      await until('the indices read-only', () => isReadOnly(system));
      await sleep(outageMs);
      await setWatermarks(system, '1b');
      await until('the indices writable', async () => !(await isReadOnly(system)));
    }, options),
};

async function setWatermarks({ clients }: LocalSystem, freeBytes: string): Promise<void> {
  await clients.openSearch.cluster.putSettings({
    body: {
      transient: {
        'cluster.info.update.interval': LOOK_INTERVAL,
        'cluster.routing.allocation.disk.threshold_enabled': true,
        [`${WATERMARK}.low`]: freeBytes,
        [`${WATERMARK}.high`]: freeBytes,
        [`${WATERMARK}.flood_stage`]: freeBytes,
      },
    },
  });
}

async function isReadOnly({ clients }: LocalSystem): Promise<boolean> {
  const { body } = await clients.openSearch.indices.getSettings({
    index: 'orders',
    flat_settings: true,
    name: 'index.blocks.read_only_allow_delete',
  });
  return Object.keys(body).length > 0;
}
