import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

/** A command as a client of the streams API got it. */
export interface SentCommand {
  readonly name: string;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

/** A client of the streams API that gives these responses one after the other, errors thrown, and keeps what it was sent. */
export function scriptedStreams(...answers: readonly object[]): {
  readonly client: DynamoDBStreamsClient;
  readonly sent: readonly SentCommand[];
} {
  const left = [...answers];
  const sent: SentCommand[] = [];
  const send = async (
    command: { readonly constructor: { readonly name: string }; readonly input: unknown },
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<object> => {
    sent.push({ name: command.constructor.name, input: command.input, signal: options?.abortSignal });
    const answer = left.shift() ?? new Error(`No answer is left for ${command.constructor.name}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { client: { send } as unknown as DynamoDBStreamsClient, sent };
}
