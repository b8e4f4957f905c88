import { parameterSets } from '../deploy-check/parameter-sets.ts';
import { type TemplateFinding, templateFindings } from '../deploy-check/template-findings.ts';
import { translate } from '../deploy-check/translate.ts';
import { versionFindings } from '../deploy-check/version-findings.ts';
import { exitWithReason } from '../local/exit-with-reason.ts';
import { readTemplate } from '../local/template/template.ts';

// Holds the template against what deploying it would say, without AWS.

const REQUIRED = { JwtIssuer: 'https://issuer.example.org' };

function report(findings: readonly TemplateFinding[]): void {
  for (const { where, what, parameters } of findings) {
    const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    console.error(`FOUND: ${where} ${what}${given.length === 0 ? '' : ` (${given.join(' ')})`}`);
  }
}

async function checkTemplate(): Promise<readonly TemplateFinding[]> {
  const template = readTemplate();
  const translated = await translate(template, REQUIRED, (logicalId) => `s3://code/${logicalId}.zip`);
  const count = Object.keys(translated.Resources).length;
  const kilobytes = Math.ceil(JSON.stringify(translated).length / 1_000);
  console.log(`Translated: ${count} resources of CloudFormation, ${kilobytes} KB.`);
  const deployments = parameterSets(template, REQUIRED);
  console.log(`References and policies: looked at in ${deployments.length} sets of parameters.`);
  console.log(`Versions behind aliases: looked at for another value of each parameter.`);
  return [
    ...templateFindings(template, translated, deployments),
    ...versionFindings(template, translated, REQUIRED),
  ];
}

async function main(): Promise<void> {
  const findings = await checkTemplate();
  report(findings);
  if (findings.length > 0) process.exitCode = 1;
  else console.log('check:deploy: no findings');
}

main().catch(exitWithReason);
