import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import { SingleBar } from 'cli-progress';

/** The progress of a long operation. */
export interface Progress {
  advance(by?: number): void;
  end(): void;
}

const LINE_INTERVAL_MS = 10_000;

/** A bar on standard error, or a line every ten seconds if that is not a terminal. */
export function progressBar(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} [{bar}] {value}/{total}  {duration} s`,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: LINE_INTERVAL_MS,
    stream: process.stderr,
  });
  // A terminal that is closed ends the command by SIGHUP, in order. What cannot be written to it any more must not end it.
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  bar.start(total, 0);
  return {
    advance: (by = 1) => {
      // The total is DynamoDB's own count, which can be six hours old.
      if (bar.getProgress() >= 1) bar.setTotal(bar.getTotal() + by);
      bar.increment(by);
    },
    end: () => bar.stop(),
  };
}

/**
 * How many items a table has, for a progress bar. DynamoDB updates the count about every six hours.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html.
 */
export async function roughTableSize(dynamoDb: DynamoDBClient, tableName: string): Promise<number> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  return Table?.ItemCount ?? 0;
}

/** How many documents an index has, for a progress bar; 0 if it cannot be searched or does not exist, which may be the reason for a rebuild. */
export async function indexSize(openSearch: Client, alias: string): Promise<number> {
  const { body, statusCode } = await openSearch.count({ index: alias }, { ignore: [404, 429, 503] });
  return statusCode === 200 ? body.count : 0;
}
