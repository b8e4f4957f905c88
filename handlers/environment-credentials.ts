/** The credentials of a function: what its bundle has in place of the SDK's chain, see infra/local/lambda/bundle.ts. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
