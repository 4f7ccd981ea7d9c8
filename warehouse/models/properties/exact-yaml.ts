import { parse, type ScalarTag } from 'yaml';

/** Numbers that would not be the same again as text, such as 10.10 or one of 30 digits, stay text. */
const exactNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/,
  resolve: (source) => (String(Number(source)) === source ? Number(source) : source),
};

/** Reads YAML without rounding what is in it. */
export function parseExactYaml(text: string): unknown {
  return parse(text, { customTags: (tags) => [exactNumber, ...tags] });
}
