import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { consumeOrderMails } from '../../pipelines/order-mails/consume-order-mails.ts';
import { OrderMails } from '../../pipelines/order-mails/order-mails.ts';
import { suppressAddress } from '../../pipelines/order-mails/suppress-address.ts';
import { dynamoDb, ses } from '../clients.ts';
import { environment } from '../environment.ts';
import { mailTokens } from '../mail-tokens.ts';

const env = environment('TABLE_NAME', 'MAILBOX_TABLE_NAME', 'MAIL_FROM', 'MAIL_CONFIGURATION_SET', 'API_URL');
const mailbox = { dynamoDb: dynamoDb(), mailboxTableName: env.MAILBOX_TABLE_NAME, clock };
const deps = {
  orderMails: new OrderMails({
    ...mailbox,
    ses: ses(),
    tableName: env.TABLE_NAME,
    sender: { from: env.MAIL_FROM, configurationSet: env.MAIL_CONFIGURATION_SET },
    tokens: mailTokens(clock),
    apiUrl: env.API_URL,
  }),
  suppress: suppressAddress.bind(undefined, mailbox),
  logger: new Logger(),
};

/** Sends users mails about the events of their orders, and suppresses addresses that take none. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  consumeOrderMails(event, context, deps);
