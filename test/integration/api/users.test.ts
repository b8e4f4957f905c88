import { beforeAll, describe, expect, it } from 'vitest';
import { UserItem, userKey } from '../../../contracts/entities/user.ts';
import { UserId } from '../../../contracts/ids.ts';
import { userItem } from '../../builders/values/items.ts';
import { newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const aUser = (overrides: object = {}) => ({
  userId: newId('user'),
  name: 'Ada Example',
  email: 'ada@example.com',
  ...overrides,
});

let api: WriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});

const stored = (userId: string) => api.read(userKey(UserId.parse(userId)));

/** A user who is there already. */
async function existing(overrides: Parameters<typeof userItem>[0] = {}) {
  const user = userItem({ userId: newId('user'), segment: 'Consumer', ...overrides });
  await api.put(user);
  return { user, path: { userId: user.userId } };
}
const LONG_AGO = 1_000_000_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

describe('POST /users', () => {
  it('answers 201 with where the user is, without the private fields', async () => {
    const body = aUser({ segment: 'Consumer' });
    const answer = await api.createUser({ body });
    expect(answer).toMatchObject({ status: 201, headers: { location: `/users/${body.userId}` } });
    expect(answer.body).toMatchObject({ userId: body.userId, name: 'Ada Example', segment: 'Consumer' });
    expect(answer.body).not.toHaveProperty('email');
  });

  it('writes an item that keeps the contract', async () => {
    const body = aUser();
    await api.createUser({ body });
    expect(UserItem.parse(await stored(body.userId))).toMatchObject(body);
  });

  it('answers 409 for an id that is taken, and leaves the user as it is', async () => {
    const body = aUser();
    await api.createUser({ body });
    const answer = await api.createUser({ body: { ...body, name: 'Someone else' } });
    expect(problemIn(answer)).toMatchObject({ status: 409, code: 'already-exists' });
    expect(await stored(body.userId)).toHaveProperty('name', 'Ada Example');
  });

  it('creates one user when several ask for one id at once', async () => {
    const userId = newId('user');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.createUser({ body: aUser({ userId }) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it.each([
    ['/userId', aUser({ userId: 'has space' })],
    ['/name', aUser({ name: '' })],
    ['/email', aUser({ email: 'nowhere' })],
    ['/segment', aUser({ segment: 7 })],
    ['/admin', aUser({ admin: true })],
  ])('answers 400 naming %s', async (field, body) => {
    const problem = problemIn(await api.createUser({ body }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ in: 'body', field }] });
  });

  it('takes a time to expire, to the second, and shows it', async () => {
    const body = aUser({ expiresAt: '2100-01-01T00:00:00.500Z' });
    const answer = await api.createUser({ body });
    expect(answer.body).toMatchObject({ expiresAt: '2100-01-01T00:00:01.000Z' });
    expect(await stored(body.userId)).toMatchObject({ ttl: Date.UTC(2100, 0, 1, 0, 0, 1) / 1_000 });
    expect(await stored(body.userId)).not.toHaveProperty('expiresAt');
  });

  it.each(['1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.001Z'])(
    'answers 400 to the time to expire %s, which no item can keep and show',
    async (expiresAt) => {
      const problem = problemIn(await api.createUser({ body: aUser({ expiresAt }) }));
      expect(problem).toMatchObject({ status: 400, errors: [{ field: '/expiresAt' }] });
    },
  );

  it('writes an item that keeps the contract for the last time to expire that there is', async () => {
    const body = aUser({ expiresAt: '9999-12-31T23:59:59.000Z' });
    expect((await api.createUser({ body })).status).toBe(201);
    expect(UserItem.safeParse(await stored(body.userId)).error).toBeUndefined();
  });

  it('answers 400 to a time to expire that has long passed, since DynamoDB may never remove the user', async () => {
    const long = aUser({ expiresAt: daysAgo(2) });
    const single = problemIn(await api.createUser({ body: long }));
    expect(single).toMatchObject({ status: 400, errors: [{ in: 'body', field: '/expiresAt' }] });
    const batch = problemIn(
      await api.createUsers({ body: { users: [aUser({ expiresAt: daysAgo(0) }), long] } }),
    );
    expect(batch).toMatchObject({ status: 400, errors: [{ in: 'body', field: '/users/1/expiresAt' }] });
  });

  it('lets a user create themselves, and nobody else', async () => {
    const body = aUser();
    const other = await api.createUser({ body, caller: { sub: 'somebody-else' } });
    expect(problemIn(other)).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await api.createUser({ body, caller: { sub: body.userId } })).status).toBe(201);
  });

  it('keeps personal data out of answers to and logs of a refused request', async () => {
    const answer = await api.createUser({ body: aUser({ name: '', email: 'secret-at-example.com' }) });
    expect(JSON.stringify([answer, api.logger.info.mock.lastCall])).not.toContain('secret-at-example.com');
  });
});

describe('GET /users/{userId}', () => {
  it.each([{}, { consistent: 'true' }, { consistent: 'false' }])(
    'answers 200 with the public fields and the version as ETag, asked with %o',
    async (query) => {
      const { user, path } = await existing();
      const answer = await api.getUser({ path, query });
      const { name, segment, createdAt, updatedAt, version } = user;
      expect(answer).toMatchObject({ status: 200, headers: { etag: `"${version}"` } });
      expect(answer.body).toEqual({ ...path, name, segment, createdAt, updatedAt, version });
    },
  );

  it('answers 404 where there is no such user, and where their time is up', async () => {
    const { path } = await existing({ ttl: LONG_AGO });
    expect(problemIn(await api.getUser({ path })).status).toBe(404);
    expect(problemIn(await api.getUser({ path: { userId: newId('user') } })).status).toBe(404);
  });

  it.each([
    ['consistent', { consistent: 'yes' }],
    ['fields', { fields: 'email' }],
  ])('answers 400 naming the parameter %s', async (field, query) => {
    const { path } = await existing();
    const problem = problemIn(await api.getUser({ path, query }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'query', field }] });
  });
});

describe('PATCH /users/{userId}', () => {
  it('changes what the body names and nothing else, but for the version and the time of the change', async () => {
    const { user, path } = await existing();
    const answer = await api.updateUser({ path, body: { name: 'Ada Lovelace' } });
    const version = user.version + 1;
    expect(answer).toMatchObject({ status: 200, headers: { etag: `"${version}"` } });
    const left = UserItem.parse(await stored(user.userId));
    expect(left).toEqual({ ...user, name: 'Ada Lovelace', version, updatedAt: left.updatedAt });
    expect(left.updatedAt > user.updatedAt).toBe(true);
  });

  it('counts as a change also where it says what is so already', async () => {
    const { user, path } = await existing();
    await api.updateUser({ path, body: { name: user.name } });
    expect(await stored(user.userId)).toMatchObject({ version: user.version + 1 });
  });

  it('removes what is null, and sets a time to expire', async () => {
    const { user, path } = await existing();
    const set = await api.updateUser({
      path,
      body: { segment: null, expiresAt: '2100-01-01T00:00:00.000Z' },
    });
    expect(set.body).toMatchObject({ expiresAt: '2100-01-01T00:00:00.000Z' });
    expect(set.body).not.toHaveProperty('segment');
    await api.updateUser({ path, body: { expiresAt: null } });
    expect(await stored(user.userId)).not.toHaveProperty('ttl');
  });

  it('lets a user be gone at once, by a time to expire that has just passed', async () => {
    const { user, path } = await existing();
    expect((await api.updateUser({ path, body: { expiresAt: daysAgo(0.5) } })).status).toBe(200);
    expect((await api.getUser({ path })).status).toBe(404);
    expect(await stored(user.userId)).toMatchObject({ version: user.version + 1 });
  });

  it.each(['pk', 'sk', 'userId', 'createdAt', 'version', 'updatedAt', 'ttl', 'entityType'])(
    'answers 400 to a body that names the protected %s, and changes nothing',
    async (field) => {
      const { user, path } = await existing();
      const problem = problemIn(await api.updateUser({ path, body: { name: 'Eve', [field]: 'x' } }));
      expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field: `/${field}` }] });
      expect(await stored(user.userId)).toEqual(user);
    },
  );

  it.each([
    [{}],
    [{ name: null }],
    [{ email: 'nowhere' }],
    [{ expiresAt: 'tomorrow' }],
    [{ expiresAt: '1970-01-01T00:00:00.000Z' }],
    [{ expiresAt: '2000-01-01T00:00:00.000Z' }],
    [{ expiresAt: '9999-12-31T23:59:59.001Z' }],
    [[]],
    ['text'],
  ])('answers 400 to %j, and changes nothing', async (body) => {
    const { user, path } = await existing();
    expect((await api.updateUser({ path, body })).status).toBe(400);
    expect(await stored(user.userId)).toEqual(user);
  });

  it('answers 404 where there is no such user, or their time is up, and makes none', async () => {
    const userId = newId('user');
    expect((await api.updateUser({ path: { userId }, body: { name: 'Eve' } })).status).toBe(404);
    expect(await stored(userId)).toBeUndefined();
    const { path } = await existing({ ttl: LONG_AGO });
    expect((await api.updateUser({ path, body: { name: 'Eve' } })).status).toBe(404);
  });

  it('holds for the version in If-Match, and answers 412 to another', async () => {
    const { user, path } = await existing();
    const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });
    const change = (headers: Record<string, string>) =>
      api.updateUser({ path, headers, body: { name: 'Ada Lovelace' } });
    expect(problemIn(await change(ifMatch(user.version - 1)))).toMatchObject({
      status: 412,
      code: 'version-mismatch',
    });
    expect((await change(ifMatch(user.version))).status).toBe(200);
    expect((await change(ifMatch(user.version))).status).toBe(412);
  });

  it('lets one of several changes for one version win', async () => {
    const { user, path } = await existing();
    const headers = { 'if-match': `"${user.version}"` };
    const answers = await Promise.all(
      ['A', 'B', 'C', 'D'].map((name) => api.updateUser({ path, headers, body: { name } })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
  });

  it('loses none of several changes that name no version', async () => {
    const { user, path } = await existing();
    await Promise.all([
      api.updateUser({ path, body: { name: 'Ada Lovelace' } }),
      api.updateUser({ path, body: { segment: 'Corporate' } }),
      api.updateUser({ path, body: { email: 'lovelace@example.com' } }),
    ]);
    expect(await stored(user.userId)).toMatchObject({
      name: 'Ada Lovelace',
      segment: 'Corporate',
      email: 'lovelace@example.com',
      version: user.version + 3,
    });
  });

  it.each(['1', 'W/"1"', '"0"', '"x"', '*'])('answers 400 to the If-Match %s', async (tag) => {
    const { path } = await existing();
    const answer = await api.updateUser({ path, headers: { 'if-match': tag }, body: { name: 'Eve' } });
    expect(problemIn(answer)).toMatchObject({ status: 400, errors: [{ in: 'header', field: 'If-Match' }] });
  });
});

describe('DELETE /users/{userId}', () => {
  it('answers 200 with the user who was deleted, and 404 from then on', async () => {
    const { user, path } = await existing();
    const answer = await api.deleteUser({ path });
    expect(answer).toMatchObject({ status: 200, body: { userId: user.userId, version: user.version } });
    expect(answer.body).not.toHaveProperty('email');
    expect(await stored(user.userId)).toBeUndefined();
    expect((await api.deleteUser({ path })).status).toBe(404);
  });

  it('answers 412 where If-Match names another version, and deletes nothing', async () => {
    const { user, path } = await existing();
    const answer = await api.deleteUser({ path, headers: { 'if-match': `"${user.version + 1}"` } });
    expect(answer.status).toBe(412);
    expect(await stored(user.userId)).toEqual(user);
  });
});

describe('a path below a user', () => {
  it.each(['getUser', 'updateUser', 'deleteUser'] as const)(
    'is closed to another user: %s',
    async (operation) => {
      const { path } = await existing();
      const answer = await api[operation]({ path, body: { name: 'Eve' }, caller: { sub: 'somebody-else' } });
      expect(problemIn(answer)).toMatchObject({ status: 403, code: 'forbidden' });
    },
  );
});
