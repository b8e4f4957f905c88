// A fresh process that loads one bundle as Lambda's runtime does and calls its handler once, where there is an event. It
// sends its parent what each of the two took, in milliseconds: its output is the function's log.
import { pathToFileURL } from 'node:url';

const MICROSECONDS_PER_MS = 1_000;
const [, , modulePath, event] = process.argv;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const { handler } = await import(pathToFileURL(modulePath).href);
const loadedAt = performance.now();
const loadedCpuMs = cpuMs();
const response =
  event === undefined ? undefined : await handler(JSON.parse(event), { awsRequestId: 'bench' });
const respondedAt = performance.now();
const respondedCpuMs = cpuMs();

function cpuMs() {
  const { user, system } = process.cpuUsage(cpuBefore);
  return (user + system) / MICROSECONDS_PER_MS;
}

const measured = {
  initMs: loadedAt - startedAt,
  initCpuMs: loadedCpuMs,
  firstCallMs: respondedAt - loadedAt,
  firstCallCpuMs: respondedCpuMs - loadedCpuMs,
  statusCode: response?.statusCode,
};
// Connections are kept alive and would keep the process.
process.send(measured, () => process.exit());
