import { bundleFunctions } from '../local/lambda/bundle.ts';
import { readTemplate } from '../local/template/template.ts';

const entryPoints = Object.entries(readTemplate().Resources).flatMap(([logicalId, { Type, Properties }]) =>
  Type === 'AWS::Serverless::Function'
    ? [{ logicalId, entryPoint: String(Properties['Handler']).replace(/\.\w+$/, '.ts') }]
    : [],
);
const modules = await bundleFunctions(entryPoints);
console.log(`Bundled ${modules.size} functions into .build/functions`);
