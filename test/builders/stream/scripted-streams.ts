import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

/** A command as a client of the streams API got it. */
export interface SentCommand {
  readonly name: string;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

/** A client of the streams API that gives these responses one after the other, errors thrown, and keeps what it was sent. */
export function scriptedStreams(...responses: readonly object[]): {
  readonly client: DynamoDBStreamsClient;
  readonly sent: readonly SentCommand[];
} {
  const remaining = [...responses];
  const sent: SentCommand[] = [];
  const send = async (
    command: { readonly constructor: { readonly name: string }; readonly input: unknown },
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<object> => {
    sent.push({ name: command.constructor.name, input: command.input, signal: options?.abortSignal });
    const response = remaining.shift() ?? new Error(`No response remains for ${command.constructor.name}`);
    if (response instanceof Error) throw response;
    return response;
  };
  return { client: { send } as unknown as DynamoDBStreamsClient, sent };
}
