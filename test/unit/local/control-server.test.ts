import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultNotEndedError } from '../../../infra/local/chaos/chaos.ts';
import {
  ControlProblem,
  FAULTS_PATH,
  startControlServer,
} from '../../../infra/local/running/control-server.ts';

const unused = async (): Promise<never> => Promise.reject(new Error('It is not asked for'));

/** Serves a fault whose end fails with an error. @returns the response to a request for its end. */
async function responseTo(error: Error) {
  const chaos = { list: () => [], begin: unused, end: () => Promise.reject(error), restart: unused };
  const server = await startControlServer(new Map(), chaos);
  onTestFinished(() => server.stop());
  const response = await fetch(`${server.url}${FAULTS_PATH}/dynamodb`, { method: 'DELETE' });
  return { status: response.status, problem: ControlProblem.parse(await response.json()) };
}

describe('the control server says why a request failed', () => {
  it.each([
    ['an error of ours', new FaultNotEndedError('It lasts'), 409, 'fault-not-ended', 'It lasts'],
    ['an error of a library', new TypeError('no port'), 500, 'TypeError', 'TypeError: no port'],
  ])('at %s', async (_, error, status, code, message) => {
    const remedy = expect.stringMatching(/./);
    expect(await responseTo(error)).toEqual({ status, problem: { code, message, remedy } });
  });

  it.each([
    ['a value that its schema refuses', 'application/json', '{}', 400, 'invalid-value'],
    ['what is no JSON', 'application/json', '{', 400, 'FastifyError'],
    ['a form of a page', 'application/x-www-form-urlencoded', 'fault=topic', 415, 'FastifyError'],
  ])('at %s', async (_, type, body, status, code) => {
    const server = await startControlServer(new Map(), {
      ...{ list: () => [], begin: unused, end: unused, restart: unused },
    });
    onTestFinished(() => server.stop());
    const response = await fetch(`${server.url}${FAULTS_PATH}`, {
      ...{ method: 'POST', headers: { 'content-type': type }, body },
    });
    expect(response.status).toBe(status);
    expect(ControlProblem.parse(await response.json()).code).toBe(code);
  });
});

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
