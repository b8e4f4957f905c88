import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { handler as tableHandler } from './table.ts';

const ses = new SESv2Client();

/** The users of the table, and the mails that verify their addresses. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  if (event.routeKey !== 'POST /users/{userId}/email-verification') return tableHandler(event);
  const mail = { Subject: { Data: 'Verify your address' }, Body: { Text: { Data: 'The code' } } };
  const Destination = { ToAddresses: [String(event.pathParameters?.['userId'])] };
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: process.env['MAIL_FROM'],
      Destination,
      Content: { Simple: mail },
    }),
  );
  return { statusCode: 200 };
};
