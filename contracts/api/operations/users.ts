import * as z from 'zod';
import { UserId } from '../../ids.ts';
import { ConsistencyQuery } from '../consistency.ts';
import { CreateUserBody, UpdateUserBody, UserView } from '../users.ts';
import { createdHeaders, idempotencyHeader, ifMatchHeader, versionHeaders } from './headers.ts';
import type { Operation } from './operation.ts';

const userPath = z.object({ userId: UserId });

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
  {
    id: 'getUser',
    method: 'GET',
    path: '/users/{userId}',
    summary: 'Reads what is public of a user',
    access: 'own-path',
    parameters: { path: userPath, query: ConsistencyQuery },
    success: { status: 200, description: 'The user', body: UserView, headers: versionHeaders },
    refusals: [400, 404],
  },
  {
    id: 'updateUser',
    method: 'PATCH',
    path: '/users/{userId}',
    summary: 'Changes what the body names of a user; null removes',
    access: 'own-path',
    parameters: { path: userPath, header: ifMatchHeader },
    body: UpdateUserBody,
    example: { name: 'Ada Sample', segment: null },
    success: {
      status: 200,
      description: 'The user as the change left them',
      body: UserView,
      headers: versionHeaders,
    },
    refusals: [400, 404, 412, 415],
  },
  {
    id: 'deleteUser',
    method: 'DELETE',
    path: '/users/{userId}',
    summary: 'Deletes a user, whose orders and accounts stay',
    access: 'own-path',
    parameters: { path: userPath, header: ifMatchHeader },
    success: { status: 200, description: 'The user who was deleted', body: UserView },
    refusals: [400, 404, 412],
  },
] as const satisfies readonly Operation[];
