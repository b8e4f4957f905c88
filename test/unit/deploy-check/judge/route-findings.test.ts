import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../../../../contracts/api/operation.ts';
import { routeFindings } from '../../../../infra/deploy-check/judge/route-findings.ts';

const operation = (overrides: Partial<Operation> = {}): Operation => ({
  id: 'getUser',
  method: 'GET',
  path: '/users/{userId}',
  summary: '',
  access: 'owner',
  success: { status: 200, description: '', body: z.object({}) },
  ...overrides,
});
const routeOf = (security: readonly object[] = [{ Jwt: ['shop'] }], fn = 'FnAlias') => ({
  'x-amazon-apigateway-integration': {
    ...{ type: 'aws_proxy', payloadFormatVersion: '2.0' },
    uri: { 'Fn::Sub': `arn:functions/\${${fn}}/invocations` },
  },
  security,
});
const AUTHORIZER = {
  ...{ type: 'jwt', identitySource: '$request.header.Authorization' },
  jwtConfiguration: { issuer: 'i', audience: { Ref: 'JwtAudience' } },
};
const resource = (Type: string, Properties: Record<string, unknown>) => ({ Type, Properties, Metadata: {} });
function findingsOf(
  paths: object,
  operations: readonly Operation[] = [operation()],
  source = 'arn:api/*/GET/users/*',
) {
  const components = { securitySchemes: { Jwt: { 'x-amazon-apigateway-authorizer': AUTHORIZER } } };
  const Resources = {
    Api: resource('AWS::ApiGatewayV2::Api', { Body: { paths, components } }),
    Fn: resource('AWS::Lambda::Function', { Handler: 'handlers/api/users.handler' }),
    Other: resource('AWS::Lambda::Function', { Handler: 'handlers/api/orders.handler' }),
    FnAlias: resource('AWS::Lambda::Alias', { FunctionName: { Ref: 'Fn' } }),
    Permission: resource('AWS::Lambda::Permission', {
      ...{ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
      FunctionName: { Ref: 'FnAlias' },
      SourceArn: { 'Fn::Sub': [source, {}] },
    }),
  };
  const translated = { Parameters: {}, Conditions: {}, Resources, Outputs: {} };
  return routeFindings(translated, { users: operations }).map(({ where, what }) => `${where} ${what}`);
}
const path = (route: object) => ({ '/users/{userId}': { get: route } });

describe('the routes of the API', () => {
  it('are no finding where each operation has its own, with the authorizer', () => {
    expect(findingsOf(path(routeOf()))).toEqual([]);
  });

  it('are found where an operation has none', () => {
    expect(findingsOf({})).toEqual(['GET /users/{userId} has no route, and is the operation getUser']);
  });

  it('are found where one has no operation', () => {
    expect(findingsOf(path(routeOf()), [])).toEqual(['GET /users/{userId} is a route without an operation']);
  });

  it.each([
    ['NONE', [{ NONE: [] }]],
    ['nothing', []],
    ['another name', [{ Other: ['shop'] }]],
    ['a choice', [{ Jwt: ['shop'] }, { NONE: [] }]],
  ])('are found where the authorizer is %s', (_, security) => {
    expect(findingsOf(path(routeOf(security)))).toContain('GET /users/{userId} has no authorizer');
  });

  it('are found where a route has no scope of its operation, or another one', () => {
    expect(findingsOf(path(routeOf([{ Jwt: [{ 'Fn::Sub': 'ops:write' }] }])))).toEqual([
      'GET /users/{userId} does not let in the scopes shop',
      'GET /users/{userId} lets in the scopes ops:write, which the operation does not have',
    ]);
  });

  it('have no authorizer where anyone may call them', () => {
    const anyone = [operation({ access: 'public' })];
    expect(findingsOf(path(routeOf([{ NONE: [] }])), anyone)).toEqual([]);
    expect(findingsOf(path(routeOf()), anyone)).toContain(
      'GET /users/{userId} asks for a token, and is public',
    );
  });

  it('are found where another function serves them, which API Gateway may not invoke', () => {
    expect(findingsOf(path(routeOf(undefined, 'Other')))).toEqual([
      'GET /users/{userId} is served by handlers/api/orders.handler, and is one of users',
      'GET /users/{userId} cannot be invoked: Other has no permission for it',
    ]);
  });

  it('are found where the permission is for another path', () => {
    expect(findingsOf(path(routeOf()), undefined, 'arn:x/*/GET/orders')).toEqual([
      'GET /users/{userId} cannot be invoked: FnAlias has no permission for it',
    ]);
  });
});
