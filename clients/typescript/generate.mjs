/** Writes types for an OpenAPI document: `node generate.mjs openapi.json src/api-types.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const [from, to] = process.argv.slice(2);
const decimal = ts.factory.createTypeReferenceNode('Decimal');

/** A number that is no integer keeps its digits, as text. */
function typeOf(schema) {
  const types = [schema.type ?? []].flat();
  if (!types.includes('number')) return undefined;
  const others = types.filter((type) => type !== 'number' && type !== 'null');
  if (others.length > 0) return undefined; // anything that a cell can be; text is among it
  return types.includes('null')
    ? ts.factory.createUnionTypeNode([decimal, ts.factory.createLiteralTypeNode(ts.factory.createNull())])
    : decimal;
}

const tree = await openapiTS(JSON.parse(readFileSync(from, 'utf8')), { transform: typeOf, alphabetize: true });
const head = `/** Made by \`npm run generate\` from the OpenAPI document. */\nimport type { Decimal } from './exact-json.ts';\n\n`;
writeFileSync(to, head + astToString(tree));
