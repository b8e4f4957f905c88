import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

/** What a client's command is allowed by, where that is not simply its name. */
const ACTIONS_OF_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  // What each of its entries needs is below. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html.
  'client-dynamodb TransactWriteItems': [],
  'client-dynamodb TransactGetItems': ['dynamodb:GetItem'],
  // Every statement of ours inserts.
  'client-dynamodb BatchExecuteStatement': ['dynamodb:PartiQLInsert'],
  'client-sns PublishBatch': ['sns:Publish'],
  'client-sqs SendMessageBatch': ['sqs:SendMessage'],
  'client-sqs ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  'client-s3 HeadObject': ['s3:GetObject'],
  'client-sesv2 SendEmail': ['ses:SendEmail'],
};
const SERVICES: Readonly<Record<string, string>> = {
  'client-dynamodb': 'dynamodb',
  'client-dynamodb-streams': 'dynamodb',
  'client-sns': 'sns',
  'client-sqs': 'sqs',
  'client-s3': 's3',
  'client-sesv2': 'ses',
  'client-cloudwatch': 'cloudwatch',
  'client-lambda': 'lambda',
  'client-secrets-manager': 'secretsmanager',
};
const TRANSACTION_ENTRIES: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
};
const HTTP_ACTIONS: Readonly<Record<string, string>> = {
  GET: 'es:ESHttpGet',
  POST: 'es:ESHttpPost',
  PUT: 'es:ESHttpPut',
  DELETE: 'es:ESHttpDelete',
};

const IMPORTS = /import\s*\{([^}]*)\}\s*from\s*"([^"]+)"/g;
const LISTED_OBJECT = 's3:ListBucket';

/**
 * The IAM actions of the requests that a function's code can make: those of the SDK's commands that remain in its bundle
 * after esbuild has removed what cannot be reached, of the entries of its transactions, and of its requests to OpenSearch.
 * It may name too many, since the methods of a class stay together, and never too few.
 */
export async function calledActions(entryPoint: string): Promise<ReadonlySet<string>> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [entryPoint],
    bundle: true,
    // So that what the code imports of a package stays readable as an import.
    packages: 'external',
    platform: 'node',
    format: 'esm',
    // A dynamic import becomes a file of its own.
    splitting: true,
    write: false,
    outdir: 'out',
    logLevel: 'silent',
  });
  const code = outputFiles.map(({ text }) => text).join('\n');
  const body = code.replaceAll(IMPORTS, '');
  // esbuild keeps a file's imports, needed or not, where it keeps any of the file.
  const imported = [...code.matchAll(IMPORTS)]
    .flatMap(([, names = '', module = '']) => names.split(',').map((name) => ({ module, name: name.trim() })))
    .filter(({ name }) => new RegExp(`\\b${name.replace(/^.*\sas\s/s, '')}\\b`).test(body))
    .map(({ module, name }) => ({ module, name: name.replace(/\sas\s.*/s, '') }));
  const actions = new Set([
    ...imported.flatMap(actionsOf),
    ...keysIn(code, TRANSACTION_ENTRIES, (entry) => new RegExp(`\\b${entry}: \\{`)),
    ...keysIn(withoutContracts(code), HTTP_ACTIONS, (method) => new RegExp(`method: "${method}"`)),
  ]);
  // Without it S3 responds 403 instead of 404 for an object that does not exist.
  // See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax.
  if (actions.has('s3:GetObject')) actions.add(LISTED_OBJECT);
  return actions;
}

/** The operations of the API in contracts/ have methods too. esbuild writes a file's path before its code. */
const withoutContracts = (code: string): string =>
  code
    .split(/^(?=\/\/ \S+\.ts$)/m)
    .filter((part) => !part.startsWith('// contracts/'))
    .join('');

function actionsOf({ module, name }: { module: string; name: string }): readonly string[] {
  if (module === '@aws-lambda-powertools/parameters/secrets') return ['secretsmanager:GetSecretValue'];
  const client = module.replace('@aws-sdk/', '');
  const command = /^(\w+)Command$/.exec(name)?.[1];
  const service = SERVICES[client];
  if (command === undefined || !module.startsWith('@aws-sdk/client-')) return [];
  if (service === undefined) throw new Error(`No service is known of ${module}`);
  return ACTIONS_OF_COMMANDS[`${client} ${command}`] ?? [`${service}:${command}`];
}

const keysIn = (
  code: string,
  actions: Readonly<Record<string, string>>,
  pattern: (key: string) => RegExp,
): readonly string[] =>
  Object.entries(actions).flatMap(([key, action]) => (pattern(key).test(code) ? [action] : []));
