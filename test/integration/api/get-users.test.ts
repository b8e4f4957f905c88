import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { CreateUsersBody, GetUsersResponse } from '../../../contracts/api/users.ts';
import { createUsers } from '../../../pipelines/users/create-users.ts';
import { userItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { requestsAtOnce } from '../parts/requests-at-once.ts';
import { type Answer, newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const usersIn = ({ body }: Answer): GetUsersResponse['users'] => GetUsersResponse.parse(body).users;

describe('POST /batch/users/get', () => {
  let api: WriteApi;
  let counted: ReturnType<typeof requestsAtOnce>;
  beforeAll(async () => {
    const client = localDynamoDb();
    api = await startWriteApi(client);
    counted = requestsAtOnce(client);
  });

  it('keeps the order of 1,000 ids, names the absent, and reads four chunks of 100 at once', async () => {
    const userIds = Array.from({ length: 1_000 }, () => newId('user'));
    const present = new Set(userIds.filter((_, index) => index % 3 === 0));
    const users = [...present].map((userId) => ({ userId, name: 'Ada', email: 'ada@example.com' }));
    await createUsers(api.deps, CreateUsersBody.parse({ users }), new AbortController().signal);
    Object.assign(counted, { requests: 0, atOnceMax: 0 });
    const answer = await api.getUsers({ body: { userIds } });
    expect(answer.status).toBe(200);
    expect(usersIn(answer).map(({ userId, found }) => ({ userId, found }))).toEqual(
      userIds.map((userId) => ({ userId, found: present.has(userId) })),
    );
    expect(counted).toEqual({ requests: 10, atOnceMax: 4 });
  });

  it('gives the public fields alone', async () => {
    const { userId, name, createdAt, updatedAt, version, ...user } = userItem({ userId: newId('user') });
    await api.put({ userId, name, createdAt, updatedAt, version, ...user });
    const answer = await api.getUsers({ body: { userIds: [userId] } });
    expect(answer.body).toEqual({
      users: [{ userId, found: true, user: { userId, name, createdAt, updatedAt, version } }],
    });
  });

  it('does not find a user whose time is up', async () => {
    const user = userItem({ userId: newId('user'), ttl: 1_700_000_000 });
    await api.put(user);
    const answer = await api.getUsers({ body: { userIds: [user.userId] } });
    expect(usersIn(answer)).toEqual([{ userId: user.userId, found: false }]);
  });

  it.each([
    ['breaks its contract', { name: 7 }],
    ['has a number that JavaScript has not', { ttl: NumberValue.from('90071992547409931.5') }],
  ])('tells a user that %s as unknown, and the others as they are', async (_, fault) => {
    api.logger.error.mockClear();
    const [sound, broken] = [userItem({ userId: newId('user') }), userItem({ userId: newId('user') })];
    await Promise.all([api.put(sound), api.put({ ...broken, ...fault })]);
    const answer = await api.getUsers({ body: { userIds: [broken.userId, sound.userId] } });
    expect(usersIn(answer)).toMatchObject([{ found: 'unknown', retryable: false }, { found: true }]);
    expect(api.logger.error).toHaveBeenCalledOnce();
  });

  it('answers 400 naming each id that comes again', async () => {
    const problem = problemIn(await api.getUsers({ body: { userIds: ['ada', 'grace', 'ada'] } }));
    expect(problem.errors).toEqual([
      { in: 'body', field: '/userIds/2', message: 'is the same as /userIds/0' },
    ]);
  });

  it.each([
    ['/userIds', { userIds: [] }],
    ['/userIds/1', { userIds: ['ada', 'no id'] }],
    ['/userId', { userIds: ['ada'], userId: 'ada' }],
  ])('answers 400 naming %s', async (field, body) => {
    const problem = problemIn(await api.getUsers({ body }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field }] });
  });

  it('is not open to users', async () => {
    const answer = await api.getUsers({ body: { userIds: ['ada'] }, caller: { sub: 'ada' } });
    expect(answer.status).toBe(403);
  });
});
