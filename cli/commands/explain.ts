import { nearest } from '../../runtime/config/nearest.ts';
import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import { catalogueMarkdown, ERROR_CATALOGUE, POLICY_MEANING } from '../error-catalogue.ts';
import { CLI_ERRORS } from '../errors.ts';

export interface ExplainOptions {
  readonly code?: string | undefined;
  readonly json: boolean;
  /** The whole catalogue as Markdown. */
  readonly page: boolean;
}

/** What to print: one code, or all of them. Throws CLI_CODE_UNKNOWN. */
export function explain({ code, json, page }: ExplainOptions): string {
  if (page) return catalogueMarkdown(ERROR_CATALOGUE);
  if (code !== undefined) {
    const definition = find(code);
    return json ? `${JSON.stringify(documentOf(definition))}\n` : explanationOf(definition);
  }
  if (json) return `${JSON.stringify(ERROR_CATALOGUE.flatMap(({ errors }) => errors.map(documentOf)))}\n`;
  const width = Math.max(...ERROR_CATALOGUE.flatMap(({ errors }) => errors.map((error) => error.code.length)));
  const chapters = ERROR_CATALOGUE.map(({ title, errors }) =>
    [title.replaceAll('`', ''), ...errors.map((error) => `  ${error.code.padEnd(width)}  ${error.cause}`)].join('\n'),
  );
  return `${chapters.join('\n\n')}\n`;
}

function find(asked: string): ErrorDefinition {
  const all = ERROR_CATALOGUE.flatMap(({ errors }) => errors);
  const code = asked.toUpperCase().replaceAll('_', '-');
  const definition = all.find((error) => error.code.replaceAll('_', '-') === code);
  if (definition !== undefined) return definition;
  const codes = all.map((error) => error.code);
  // A part of a code is as good as a code that was misspelt.
  const within = codes.filter((each) => each.replaceAll('_', '-').includes(code));
  const meant = within.length > 0 ? within.slice(0, 8) : [nearest(asked, codes)].filter((each) => each !== null);
  const hint = meant.length === 0 ? '' : `; did you mean ${meant.join(', ')}?`;
  throw new MillraceError(CLI_ERRORS.codeUnknown, `there is no code ${asked}${hint}`);
}

/** Definitions may carry more than the catalogue shows (an HTTP status, say). */
function documentOf({ code, policy, cause, remedy }: ErrorDefinition): ErrorDefinition {
  return { code, policy, cause, remedy };
}

function explanationOf({ code, policy, cause, remedy }: ErrorDefinition): string {
  return `${code}\n  cause   ${cause}\n  remedy  ${remedy}\n  policy  ${policy}: ${POLICY_MEANING[policy]}\n`;
}
