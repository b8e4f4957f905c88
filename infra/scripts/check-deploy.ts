import { operationsByResource } from '../../contracts/api/operations.ts';
import { CODE_BUCKET } from '../deploy-check/deployed-stack.ts';
import { deploymentFindings, IGNORED_TYPES } from '../deploy-check/deployment.ts';
import { judgeFindings } from '../deploy-check/judge/judge.ts';
import { routeFindings } from '../deploy-check/judge/route-findings.ts';
import {
  distinguishedDeployments,
  type TemplateFinding,
  templateFindings,
} from '../deploy-check/template-findings.ts';
import { translate } from '../deploy-check/translate.ts';
import { versionFindings } from '../deploy-check/version-findings.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { readTemplate } from '../local/template/template.ts';

// Checks the template for errors that a deployment would report, without AWS.

const REQUIRED = { JwtIssuer: 'https://issuer.example.org' };

/** What a deployment to AWS tests, and this check does not. */
const NOT_EMULATED = [
  ...IGNORED_TYPES,
  'the managed policies for logs and traces',
  "how the authorizer responds (the local gateway's is tested; a second reading says which routes have it)",
  'requests to a created OpenSearch domain',
  'arm64',
  'quotas of the account',
];

function report(findings: readonly TemplateFinding[]): void {
  for (const { where, what, parameters } of findings) {
    const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    console.error(`FOUND: ${where} ${what}${given.length === 0 ? '' : ` (${given.join(' ')})`}`);
  }
}

async function main(): Promise<void> {
  const template = readTemplate();
  const translated = await translate(
    template,
    REQUIRED,
    (logicalId) => `s3://${CODE_BUCKET}/${logicalId}.zip`,
  );
  const count = Object.keys(translated.Resources).length;
  const kilobytes = Math.ceil(JSON.stringify(translated).length / 1_000);
  console.log(`Translated: ${count} CloudFormation resources, ${kilobytes} KB.`);
  const deployments = distinguishedDeployments(template, translated, REQUIRED);
  const findings = [
    ...templateFindings(template, translated, deployments),
    ...versionFindings(template, translated, REQUIRED),
    ...routeFindings(translated, operationsByResource),
  ];
  report(findings);
  console.log(`Checked with ${deployments.length} sets of parameters: references and policies.`);
  console.log('Checked with another value of each parameter: the versions behind the aliases.');
  console.log(
    'Checked: the routes of the API, their authorizer, and the permission to invoke their functions.',
  );
  const deployed = [
    ...(await judgeFindings(template, translated, REQUIRED, console.log)),
    ...(await deploymentFindings(template, translated, REQUIRED, console.log)),
  ];
  report(deployed);
  console.log(`Not emulated: ${NOT_EMULATED.join('; ')}.`);
  if (findings.length + deployed.length > 0) process.exitCode = 1;
  else console.log('check:deploy: no findings');
}

main().catch(exitWithReason);
