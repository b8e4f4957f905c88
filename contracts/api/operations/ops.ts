import * as z from 'zod';
import { OrderId, UserId } from '../../ids.ts';
import {
  DeadLetterList,
  DeadLetterReplay,
  DeadLetterView,
  deadLetterPath,
  ListDeadLettersQuery,
} from '../dead-letters.ts';
import { FlowView } from '../flow.ts';
import { OrderStory } from '../order-story.ts';
import type { Operation } from './operation.ts';

const orderPath = z.object({ userId: UserId, orderId: OrderId });

export const opsOperations = [
  {
    id: 'getOrderStory',
    method: 'GET',
    path: '/ops/orders/{userId}/{orderId}/story',
    summary: 'Tells everything that the system holds of an order',
    access: 'ops',
    parameters: { path: orderPath },
    success: { status: 200, description: "The order's story", body: OrderStory },
    refusals: [400, 404],
  },
  {
    id: 'getFlow',
    method: 'GET',
    path: '/ops/flow',
    summary: "Tells how many records the stream's consumers handle, and how far behind they are",
    access: 'ops',
    success: { status: 200, description: 'The flow', body: FlowView },
    refusals: [400],
  },
  {
    id: 'listDeadLetters',
    method: 'GET',
    path: '/ops/dead-letters',
    summary: 'Lists the dead letters of the consumers, which counts as a receive of each',
    access: 'ops',
    parameters: { query: ListDeadLettersQuery },
    success: { status: 200, description: 'The letters', body: DeadLetterList },
    refusals: [400],
  },
  {
    id: 'getDeadLetter',
    method: 'GET',
    path: '/ops/dead-letters/{consumer}/{messageId}',
    summary: 'Shows a dead letter: its records, and what the table holds now',
    access: 'ops',
    parameters: { path: z.object(deadLetterPath) },
    success: { status: 200, description: 'The letter', body: DeadLetterView },
    refusals: [400, 404],
  },
  {
    id: 'replayDeadLetter',
    method: 'POST',
    path: '/ops/dead-letters/{consumer}/{messageId}/replay',
    summary: 'Runs the records of a dead letter again, and deletes it when they succeed',
    access: 'ops',
    parameters: { path: z.object(deadLetterPath) },
    success: { status: 200, description: 'What became of the letter', body: DeadLetterReplay },
    refusals: [400, 404],
  },
] as const satisfies readonly Operation[];
