import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { UnmodelledError } from './attribute-value.ts';

const METADATA = { $metadata: {} };

/** A standard topic, which does not remember ids: all that it accepts goes to the subscribers. */
export class TopicModel {
  readonly #onMessage: (body: string) => void;
  #published = 0;

  constructor(onMessage: (body: string) => void) {
    this.#onMessage = onMessage;
  }

  /** Executes a command. `refused`: the code with which each n-th entry fails. */
  execute(command: unknown, refused: (n: number) => string | undefined = () => undefined): unknown {
    if (!(command instanceof PublishBatchCommand)) throw new UnmodelledError('A command of SNS');
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const [n, { Id, Message = '' }] of (command.input.PublishBatchRequestEntries ?? []).entries()) {
      const code = refused(n);
      if (code !== undefined) {
        Failed.push({ Id, Code: code, SenderFault: false });
        continue;
      }
      this.#published += 1;
      this.#onMessage(Message);
      Successful.push({ Id, MessageId: `publication-${this.#published}` });
    }
    return { ...METADATA, Successful, Failed };
  }
}
