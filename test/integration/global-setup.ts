import type { TestProject } from 'vitest/node';
import { startDynamoDb } from '../../infra/local/parts/dynamodb.ts';
import { startMessaging } from '../../infra/local/parts/messaging.ts';
import { startOpenSearch } from '../../infra/local/parts/opensearch.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamoDbEndpoint: string;
    messagingEndpoint: string;
    openSearchEndpoint: string;
  }
}

/** Starts the three parts once for all integration tests; each test makes tables, queues and indices of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starting = [startDynamoDb(), startMessaging(), startOpenSearch()] as const;
  const results = await Promise.allSettled(starting);
  const stop = async (): Promise<void> => {
    await Promise.all(results.map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)));
  };
  try {
    const [dynamoDb, messaging, openSearch] = await Promise.all(starting);
    project.provide('dynamoDbEndpoint', dynamoDb.endpoint);
    project.provide('messagingEndpoint', messaging.endpoint);
    project.provide('openSearchEndpoint', openSearch.endpoint);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
