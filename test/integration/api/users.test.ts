import { beforeAll, describe, expect, it } from 'vitest';
import { UserId } from '../../../contracts/ids.ts';
import { UserItem } from '../../../contracts/items/user.ts';
import { userKey } from '../../../contracts/keys.ts';
import { newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const aUser = (overrides: object = {}) => ({
  userId: newId('user'),
  name: 'Ada Example',
  email: 'ada@example.com',
  ...overrides,
});

describe('POST /users', () => {
  let api: WriteApi;
  beforeAll(async () => {
    api = await startWriteApi();
  });

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
    const stored = UserItem.parse(await api.read(userKey(UserId.parse(body.userId))));
    expect(stored).toMatchObject(body);
  });

  it('answers 409 for an id that is taken, and leaves the user as it is', async () => {
    const body = aUser();
    await api.createUser({ body });
    const answer = await api.createUser({ body: { ...body, name: 'Someone else' } });
    expect(problemIn(answer)).toMatchObject({ status: 409, code: 'already-exists' });
    expect(await api.read(userKey(UserId.parse(body.userId)))).toHaveProperty('name', 'Ada Example');
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

  it('keeps personal data out of answers to and logs of a refused request', async () => {
    const answer = await api.createUser({ body: aUser({ name: '', email: 'secret-at-example.com' }) });
    expect(JSON.stringify([answer, api.logger.info.mock.lastCall])).not.toContain('secret-at-example.com');
  });
});
