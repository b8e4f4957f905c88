import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** A DynamoDB that refuses the end of each entry of the activity log. Only its start has a condition. */
export const withRefusedEnds = (dynamoDb: DynamoDBClient): DynamoDBClient => {
  const send = async (command: Parameters<typeof dynamoDb.send>[0]): Promise<unknown> => {
    if (command instanceof PutItemCommand && command.input.ConditionExpression === undefined)
      throw new TypeError('denied');
    return dynamoDb.send(command);
  };
  return Object.create(dynamoDb, { send: { value: send } });
};
