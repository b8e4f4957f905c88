import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../machine/region.ts';
import { openSearchLogin } from '../parts/opensearch-login.ts';

/** What a function's process is made from. */
export interface FunctionConfiguration {
  readonly logicalId: string;
  readonly name: string;
  /** The source file, from the project's root. */
  readonly entryPoint: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** The values of the secrets, by their ARN. */
export type SecretValues = ReadonlyMap<string, string>;

/** The endpoints of the parts. */
export interface ServiceEndpoints {
  readonly dynamoDb: string;
  /** SNS, SQS and S3. */
  readonly messaging: string;
  readonly openSearch: string;
  /** SES. */
  readonly mail: string;
  /** The HTTP API. */
  readonly api: string;
  /** CloudWatch and Lambda. */
  readonly awsApis: string;
  /** Secrets Manager, if something stands for it. Without it, the functions get the secrets themselves. */
  readonly secretsManager?: string;
}

/** Where nothing listens: a service that is no part of the local system refuses at once, and no request leaves this machine. */
const NO_SUCH_PART = 'http://127.0.0.1:9';

/**
 * The environment of a function: the template's variables, those that Lambda itself sets, and the SDK's own for the
 * endpoints, so that no handler knows where it runs. Where there is no Secrets Manager, a function gets its secret itself. Its key is its
 * logical id, as each function has credentials of its own at Lambda. And no cluster of this machine takes signatures: where it asks for a password, a function gets that.
 * See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html and
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
 */
export function functionEnvironment(
  definition: FunctionConfiguration,
  { dynamoDb, messaging, mail, awsApis, api, secretsManager }: ServiceEndpoints,
  secrets: SecretValues,
): Record<string, string> {
  return {
    ...withOpenSearchLogin(
      secretsManager === undefined ? withSecrets(definition.environment, secrets) : definition.environment,
    ),
    ...(definition.environment['API_URL'] === undefined ? {} : { API_URL: api }),
    TZ: 'UTC',
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: definition.logicalId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_ENDPOINT_URL: NO_SUCH_PART,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamoDb,
    AWS_ENDPOINT_URL_SNS: messaging,
    AWS_ENDPOINT_URL_SQS: messaging,
    AWS_ENDPOINT_URL_S3: messaging,
    AWS_ENDPOINT_URL_SESV2: mail,
    AWS_ENDPOINT_URL_CLOUDWATCH: awsApis,
    AWS_ENDPOINT_URL_LAMBDA: awsApis,
    ...(secretsManager !== undefined && { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager }),
    _HANDLER: `${definition.entryPoint}.${definition.exportName}`,
  };
}

function withSecrets(
  environment: Readonly<Record<string, string>>,
  secrets: SecretValues,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const secret = SECRET_VARIABLES.get(name);
      const key = secret && secrets.get(value);
      return secret === undefined || key === undefined ? [name, value] : [secret, key];
    }),
  );
}

/** The variable with a secret's value, by the variable with its ARN. */
const SECRET_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['PAGE_TOKEN_SECRET_ARN', 'PAGE_TOKEN_KEY'],
  ['EMAIL_HASH_SECRET_ARN', 'EMAIL_HASH_KEY'],
  ['MAIL_TOKEN_SECRET_ARN', 'MAIL_TOKEN_KEY'],
]);

function withOpenSearchLogin(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const login = openSearchLogin();
  if (login === undefined || environment['OPENSEARCH_AUTH'] === undefined) return environment;
  return {
    ...environment,
    OPENSEARCH_AUTH: 'basic',
    OPENSEARCH_USERNAME: login.username,
    OPENSEARCH_PASSWORD: login.password,
  };
}
