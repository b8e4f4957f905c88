import * as z from 'zod';
import { type Operation, routeKeyOf, routeScopesOf } from '../../../contracts/api/operation.ts';
import { parse, read } from '../../../contracts/reading.ts';
import type { TemplateFinding } from '../template-findings.ts';
import type { TranslatedTemplate } from '../translate.ts';

const Route = z.object({
  'x-amazon-apigateway-integration': z.object({
    type: z.literal('aws_proxy'),
    payloadFormatVersion: z.literal('2.0'),
    uri: z.object({ 'Fn::Sub': z.string() }),
  }),
  security: z.array(z.record(z.string(), z.array(z.unknown()))).default([]),
});
type Route = z.infer<typeof Route>;
const Body = z.object({
  paths: z.record(z.string(), z.record(z.string(), Route)),
  components: z.object({
    securitySchemes: z.record(
      z.string(),
      z.object({
        'x-amazon-apigateway-authorizer': z.object({
          type: z.literal('jwt'),
          identitySource: z.literal('$request.header.Authorization'),
          jwtConfiguration: z.object({ issuer: z.unknown(), audience: z.object({ Ref: z.string() }) }),
        }),
      }),
    ),
  }),
});
const Permission = z.object({
  Action: z.literal('lambda:InvokeFunction'),
  Principal: z.literal('apigateway.amazonaws.com'),
  FunctionName: z.object({ Ref: z.string() }),
  SourceArn: z.object({ 'Fn::Sub': z.tuple([z.string(), z.unknown()]) }),
});

/**
 * Reads the API as CloudFormation gets it, and holds it against the operations: each has its route with the authorizer, or with none where anyone
 * may call it, the function behind it is the one of its resource, and lets API Gateway in; and no other route is there.
 *
 * @param resources The operations by the name of their resource, which the handler of its function ends with.
 */
export function routeFindings(
  { Resources }: TranslatedTemplate,
  resources: Readonly<Record<string, readonly Operation[]>>,
): readonly TemplateFinding[] {
  const apis = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Api');
  const bodies = apis.map(({ Properties }) => parse(Body, Properties['Body']));
  const schemes = new Set(bodies.flatMap(({ components }) => Object.keys(components.securitySchemes)));
  const routes = new Map<string, Route>(
    bodies
      .flatMap(({ paths }) => Object.entries(paths))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, route]) => [`${method.toUpperCase()} ${path}`, route] as const),
      ),
  );
  const findings: TemplateFinding[] = [];
  const find = (where: string, what: string): void => {
    findings.push({ where, what, parameters: {} });
  };
  for (const [resource, operations] of Object.entries(resources))
    for (const operation of operations) {
      const key = routeKeyOf(operation);
      const route = routes.get(key);
      routes.delete(key);
      if (route === undefined) find(key, `has no route, and is the operation ${operation.id}`);
      else for (const what of faultsOf(route, operation, resource, schemes, Resources)) find(key, what);
    }
  for (const key of routes.keys()) find(key, 'is a route without an operation');
  return findings;
}

function* faultsOf(
  { security, 'x-amazon-apigateway-integration': { uri } }: Route,
  operation: Operation,
  resource: string,
  schemes: ReadonlySet<string>,
  resources: TranslatedTemplate['Resources'],
): Iterable<string> {
  const authorizers = security.flatMap((one) => Object.keys(one)).filter((name) => name !== 'NONE');
  if (operation.access === 'public' && authorizers.length > 0) yield 'asks for a token, and is public';
  if (
    operation.access !== 'public' &&
    !(security.length === 1 && authorizers.some((name) => schemes.has(name)))
  )
    yield 'has no authorizer';
  const scopes = security.flatMap((one) => Object.values(one).flat()).map(scopeOf);
  const missing = routeScopesOf(operation).filter((scope) => !scopes.includes(scope));
  const others = scopes.filter((scope) => !routeScopesOf(operation).some((own) => own === scope));
  if (missing.length > 0) yield `does not let in the scopes ${missing.join(', ')}`;
  if (others.length > 0) yield `lets in the scopes ${others.join(', ')}, which the operation does not have`;
  const alias = /functions\/\$\{(\w+)(?:\.Arn)?\}\/invocations$/.exec(uri['Fn::Sub'])?.[1] ?? '';
  const handler = handlerOf(resources, alias);
  if (!handler.endsWith(`/${resource}.handler`))
    yield `is served by ${handler || alias}, and is one of ${resource}`;
  const path = operation.path.replaceAll(/\{\w+\}/g, '*');
  const isPermitted = Object.values(resources).some(({ Properties }) => {
    const permission = read(Permission, Properties).data;
    return (
      permission?.FunctionName.Ref === alias &&
      permission.SourceArn['Fn::Sub'][0].endsWith(`/${operation.method}${path}`)
    );
  });
  if (!isPermitted) yield `cannot be invoked: ${alias} has no permission for it`;
}

const Prefixed = z.object({ 'Fn::Sub': z.string() });

/** A scope without the stack's prefix, which a parameter gives. */
const scopeOf = (value: unknown): string =>
  (read(Prefixed, value).data?.['Fn::Sub'] ?? String(value)).replace(/^\$\{ScopePrefix\}/, '');

const AliasOf = z.object({ FunctionName: z.object({ Ref: z.string() }) });

/** The handler of a function, or of the one behind an alias. */
function handlerOf(resources: TranslatedTemplate['Resources'], logicalId: string): string {
  const own = resources[logicalId];
  const behind =
    own?.Type === 'AWS::Lambda::Alias' ? read(AliasOf, own.Properties).data?.FunctionName.Ref : logicalId;
  return String(resources[behind ?? '']?.Properties['Handler'] ?? '');
}
