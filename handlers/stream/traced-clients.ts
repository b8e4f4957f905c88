import { ServiceException } from '@smithy/core/client';
import type { Trace } from '../../pipelines/core/trace.ts';
import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';

type Middleware = <Input, Output>(
  next: (input: Input) => Promise<Output>,
  context: { readonly clientName?: string; readonly commandName?: string },
) => (input: Input) => Promise<Output>;

/** As much of an AWS client as the trace needs. */
interface AwsClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

/** Tells the trace of each command that the client sends, all of the SDK's tries as one; gives the client back. */
export function tracedAws<Client extends AwsClient>(client: Client, trace: Trace): Client {
  const middleware: Middleware =
    (next, { clientName = 'AWS', commandName = '' }) =>
    async (input) => {
      const end = trace.begin(clientName.replace(/Client$/, ''), {
        of: 'aws',
        operation: commandName.replace(/Command$/, ''),
      });
      try {
        const output = await next(input);
        end('ok');
        return output;
      } catch (error) {
        end(error instanceof ServiceException && error.$fault === 'client' ? 'error' : 'fault');
        throw error;
      }
    };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'trace' });
  return client;
}

/** An OpenSearch client that tells the trace of each request. */
export function tracedOpenSearch({ transport }: OpenSearchClient, trace: Trace): OpenSearchClient {
  return {
    transport: {
      request: (request, limits) => {
        const end = trace.begin('OpenSearch', { of: 'remote', annotations: { path: request.path } });
        const answering = transport.request(request, limits);
        answering.then(
          () => end('ok'),
          () => end('fault'),
        );
        return answering;
      },
    },
  };
}
