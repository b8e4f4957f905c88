import { get } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { FAULTS_PATH, startControlServer } from '../../../infra/local/running/control-server.ts';

const unused = async (): Promise<never> => Promise.reject(new Error('It is not asked for'));

it('the control server responds to its own address, and to no other name that leads to it', async () => {
  const chaos = { list: () => [], begin: unused, end: unused, restart: unused };
  const server = await startControlServer(new Map(), chaos);
  onTestFinished(() => server.stop());
  const { host, port } = new URL(server.url);
  const statusFor = (name: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = get(`${server.url}${FAULTS_PATH}`, { headers: { host: name } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
    });
  expect(await statusFor(host)).toBe(200);
  expect(await statusFor(`localhost:${port}`)).toBe(200);
  expect(await statusFor(`attacker.example:${port}`)).toBe(403);
});
