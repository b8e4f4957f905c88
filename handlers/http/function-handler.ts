/** A Lambda function. */
type Handler<Event, Context, Result> = (event: Event, context: Context) => Promise<Result>;

/**
 * Makes the handler while Lambda initialises the function, so that no event waits for its clients, and a function that
 * lacks a variable fails before it takes one. Anywhere else it is made at its first event: importing an entry file
 * then needs no environment.
 * See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib.
 */
export function functionHandler<Event, Context, Result>(
  make: () => Handler<Event, Context, Result>,
): Handler<Event, Context, Result> {
  // Lambda sets this variable for every function.
  const isInLambda = process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
  let made = isInLambda ? make() : undefined;
  return async (event, context) => {
    made ??= make();
    return made(event, context);
  };
}
