import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceEndpoints } from '../../infra/local/lambda/function-environment.ts';
import type { Fault, FaultOptions } from './fault.ts';
import { playWith } from './faulty-system.ts';
import { type Disturbance, SinkProxy } from './sink-proxy.ts';
import { until } from './until.ts';

/** The proxy between the functions and a service, and how long it disturbs. */
export interface SinkFault {
  readonly name: string;
  readonly service: keyof Pick<ServiceEndpoints, 'openSearch' | 'messaging'>;
  readonly disturbance: Disturbance;
  readonly lasts: keyof Pick<FaultOptions, 'outageMs' | 'throttleMs'>;
}

/** A proxy between the functions and a service that disturbs for a while. The system's own requests go past it. */
export const sinkDisturbed = ({ name, service, disturbance, lasts }: SinkFault): Fault => ({
  name,
  run: async (options) => {
    await using proxies = new AsyncDisposableStack();
    let proxy: SinkProxy | undefined;
    const functionEndpoints = async (direct: ServiceEndpoints): Promise<ServiceEndpoints> => {
      const started = await SinkProxy.start(direct[service]);
      proxies.defer(() => started.stop());
      proxy = started;
      return { ...direct, [service]: started.url };
    };
    return await playWith(
      async () => {
        proxy?.disturb(disturbance);
        await sleep(options[lasts]);
        await until('a request that was disturbed', () => proxy?.disturbed);
        proxy?.repairAll();
      },
      options,
      { functionEndpoints },
    );
  },
});
