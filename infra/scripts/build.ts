import { bundleFunctions } from '../local/lambda/bundle.ts';
import { parseHandler } from '../local/plan/function.ts';
import { readTemplate } from '../local/template/template.ts';

const entryPoints = Object.entries(readTemplate().Resources).flatMap(([logicalId, { Type, Properties }]) =>
  Type === 'AWS::Serverless::Function' ? [{ logicalId, ...parseHandler(String(Properties['Handler'])) }] : [],
);
const modules = await bundleFunctions(entryPoints);
console.log(`Bundled ${modules.size} functions into .build/functions`);
