import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { consumeOrderMails } from '../../pipelines/order-mails/consume-order-mails.ts';
import { OrderMails } from '../../pipelines/order-mails/order-mails.ts';
import { dynamoDb, ses } from '../clients.ts';
import { environment } from '../environment.ts';

const env = environment('TABLE_NAME', 'MAILBOX_TABLE_NAME', 'MAIL_FROM');
const deps = {
  orderMails: new OrderMails({
    dynamoDb: dynamoDb(),
    ses: ses(),
    tableName: env.TABLE_NAME,
    mailboxTableName: env.MAILBOX_TABLE_NAME,
    from: env.MAIL_FROM,
    clock,
  }),
  logger: new Logger(),
};

/** Sends users mails about the events of their orders. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  consumeOrderMails(event, context, deps);
