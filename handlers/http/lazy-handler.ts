import type { ApiHandler } from './api-handler.ts';

/**
 * Makes the handler at its first request: importing an entry file then needs no environment. A function that lacks a
 * variable fails at each request, before anything of it is done.
 */
export function lazyHandler(make: () => ApiHandler): ApiHandler {
  let made: ApiHandler | undefined;
  return async (event, context) => {
    made ??= make();
    return made(event, context);
  };
}
