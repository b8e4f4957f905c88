import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { keyOf } from '../../../contracts/imports/object-notification.ts';
import { read } from '../../../contracts/reading.ts';
import { NotificationError, parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import { readCaller } from '../../../handlers/http/access.ts';
import { readBody, readHeaders, readPath, readQuery } from '../../../handlers/http/read-request.ts';
import { batchPayload, readMessageBody } from '../../../pipelines/dead-letters/parse/message-body.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { readImportMessage } from '../../../pipelines/imports/consume-imports.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import { loggableRecord } from '../../../pipelines/stream/batch-processor.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { recordIdentity } from '../../../pipelines/stream/lambda-record.ts';
import { recordKey, recordVersion } from '../../../pipelines/stream/record-facts.ts';
import { apiEvent } from '../../builders/api-event.ts';
import {
  deadLetterOf,
  objectCreated,
  onFailureOf,
  testEvent,
} from '../../builders/dead-letters/dead-letters.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { broken, PRIVATE_TEXT } from '../../builders/values/broken-value.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';

const RUNS = 500;
/** What all runs of a decoder may take, in milliseconds; they take a few hundredths of it. */
const HANG_MS = 25_000;

interface Decoder {
  readonly decode: (value: unknown) => unknown;
  readonly sound: readonly unknown[];
  /** The class of what it may throw; none where it may throw nothing. */
  readonly throws?: abstract new (
    ...args: never[]
  ) => Error;
}

const order = orderItem();
const records = [
  insertOf(order),
  insertOf(userItem()),
  modifyOf(productItem({ version: 1 }), productItem({ version: 2 })),
  modifyOf(orderItem({ version: 1 }), orderItem({ version: 2, status: 'confirmed' })),
  removeOf(order, { expired: true }),
];
const failure = onFailureOf({}, JSON.stringify({ Records: records }));
const deadLetterMessages = [
  deadLetterOf(insertOf(order)),
  failure,
  objectCreated('letters', 'a/b.json'),
  testEvent('letters'),
];
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
const placed = decodeChange(insertOf(order));
const notification = placed.entityType === 'Order' ? lifecycleEvent(placed) : expect.fail();
/** What API Gateway hands over of headers and parameters: texts by name. */
const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(Object(value)).map(([name, member]) => [name, textOf(member)]));

const decoders: Readonly<Record<string, Decoder>> = {
  'a stream record': { decode: decodeChange, sound: records, throws: OrderStreamError },
  'the identity of a record': { decode: recordIdentity, sound: records },
  'what a log may contain of a record': { decode: loggableRecord, sound: records },
  "a record's key and version": {
    decode: (record) => [recordKey(record), recordVersion(record)],
    sound: records,
  },
  'the body of a dead letter': {
    decode: (value) => readMessageBody(textOf(value)),
    sound: deadLetterMessages,
  },
  "S3's message of an object to import": {
    decode: (value) => readImportMessage(textOf(value)).records.map(keyOf),
    sound: deadLetterMessages.slice(-2),
    throws: OrderStreamError,
  },
  'the batch that Lambda gave up': {
    decode: (value) => {
      const failed = read(LambdaOnFailure, value).data;
      return failed && batchPayload(failed);
    },
    sound: [failure],
    throws: OrderStreamError,
  },
  'a notification': {
    decode: parseNotification,
    sound: [
      notification,
      JSON.stringify(notification),
      { Type: 'Notification', Message: JSON.stringify(notification) },
    ],
    throws: NotificationError,
  },
  "a request's headers": {
    decode: (value) => {
      const event = apiEvent({ headers: textsOf(value) });
      return operations.map((operation) => readHeaders(event, operation));
    },
    sound: [{ 'if-match': '"1"', 'idempotency-key': 'key' }],
    throws: OrderStreamError,
  },
  "a token's claims": {
    decode: (value) => {
      const { requestContext } = apiEvent();
      const claims = read(z.record(z.string(), z.any()), value).data ?? {};
      return readCaller(
        { requestContext: { ...requestContext, ...{ authorizer: { jwt: { claims } } } } },
        '',
      );
    },
    sound: [{ sub: 'ada', scope: 'orders:write ops:read' }],
    throws: OrderStreamError,
  },
  ...Object.fromEntries(operations.flatMap(decodersOf)),
};

/** What an operation reads of a request: its path and query, and its body. */
function decodersOf({ id, parameters, body, example }: Operation): [string, Decoder][] {
  const names = [parameters?.path, parameters?.query].flatMap((schema) => Object.keys(schema?.shape ?? {}));
  const ofParameters: Decoder = {
    decode: (value) => {
      const texts = textsOf(value);
      const event = apiEvent({ path: texts, query: texts });
      return [
        parameters?.path && readPath(event, parameters.path),
        parameters?.query && readQuery(event, parameters.query),
      ];
    },
    sound: [Object.fromEntries(names.map((name) => [name, '2026-03-01']))],
    throws: OrderStreamError,
  };
  const ofBody: Decoder = {
    decode: (value) => readBody(apiEvent({ body: textOf(value) }), body ?? z.unknown()),
    sound: [example ?? {}],
    throws: OrderStreamError,
  };
  return [
    ...(names.length === 0 ? [] : [[`the parameters of ${id}`, ofParameters] satisfies [string, Decoder]]),
    ...(body === undefined ? [] : [[`the body of ${id}`, ofBody] satisfies [string, Decoder]]),
  ];
}

/** Runs a function that must end: V8 itself ends it after a while, since no timer can. */
const withinTime = (run: () => void): void => void runInNewContext('run()', { run }, { timeout: HANG_MS });

/** What an error contains: its text, and each field that it names. */
const reportedBy = (error: Error): string => `${error.message} ${JSON.stringify(error)}`;

describe('any input of', () => {
  it.each(Object.entries(decoders))('%s gives a value or an error of ours, in time', (_, decoder) => {
    const { decode, sound, throws } = decoder;
    const property = fc.property(fc.constantFrom(...sound).chain(broken), (value) => {
      try {
        decode(value);
      } catch (error) {
        if (throws === undefined || !(error instanceof throws)) throw error;
        expect(reportedBy(error)).not.toContain(PRIVATE_TEXT);
      }
    });
    withinTime(() => fc.assert(property, { numRuns: RUNS }));
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});
