import type {
  BatchStatementErrorCodeEnum,
  BatchStatementRequest,
  BatchStatementResponse,
  DynamoDBClient,
  ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { localDynamoDb } from './clients.ts';

/** The error with which a statement fails at its nth time, from 1 on; `undefined` lets it through to the table. */
export type Refusals = (pk: string, time: number) => BatchStatementErrorCodeEnum | undefined;

/** A client whose statements fail one by one in a batch, as DynamoDB Local's never do. */
export function dynamoDbRefusing(refusals: Refusals): DynamoDBClient {
  const dynamoDb = localDynamoDb();
  const times = new Map<string, number>();
  const codeFor = (statement: BatchStatementRequest) => {
    const pk = statement.Parameters?.find(({ S }) => S !== undefined && /^(USER|PRODUCT)#/.test(S))?.S ?? '';
    times.set(pk, (times.get(pk) ?? 0) + 1);
    return refusals(pk, times.get(pk) ?? 0);
  };
  dynamoDb.middlewareStack.add(
    (next) => async (args) => {
      if (!('Statements' in args.input)) return next(args);
      const statements = (args.input.Statements ?? []).map((statement) => ({
        statement,
        Code: codeFor(statement),
      }));
      const Statements = statements.flatMap(({ statement, Code }) => (Code === undefined ? [statement] : []));
      const served = Statements.length > 0 ? responsesIn(await next({ ...args, input: { Statements } })) : [];
      const Responses = statements.map(({ Code }) => (Code ? { Error: { Code } } : (served.shift() ?? {})));
      return { response: {}, output: { $metadata: {}, Responses } };
    },
    { step: 'initialize' },
  );
  return dynamoDb;
}

const responsesIn = ({ output }: { readonly output: ServiceOutputTypes }): BatchStatementResponse[] =>
  'Responses' in output && Array.isArray(output.Responses) ? [...output.Responses] : [];
