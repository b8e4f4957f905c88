import { CreateUserBody, UserView } from '../users.ts';
import { createdHeaders, idempotencyHeader } from './headers.ts';
import type { Operation } from './operation.ts';

export const userOperations = [
  {
    id: 'createUser',
    method: 'POST',
    path: '/users',
    summary: 'Creates a user',
    access: 'own-body',
    parameters: { header: idempotencyHeader },
    body: CreateUserBody,
    example: { userId: 'ada', name: 'Ada Example', email: 'ada@example.com' },
    success: { status: 201, description: 'The new user', body: UserView, headers: createdHeaders },
    refusals: [400, 409, 415, 422],
  },
] as const satisfies readonly Operation[];
