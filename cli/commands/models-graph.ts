import { styleText } from 'node:util';
import { MillraceError } from '../../runtime/errors.ts';
import { dotText, graphDocument, mermaidText } from '../../warehouse/models/lineage/graph-documents.ts';
import { type Lineage, lineageOf } from '../../warehouse/models/lineage/lineage.ts';
import { nodeText } from '../../warehouse/models/lineage/node-text.ts';
import { overviewText } from '../../warehouse/models/lineage/overview-text.ts';
import { findNode, selectNodes } from '../../warehouse/models/lineage/select.ts';
import { planProject } from '../../warehouse/models/plan.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';
import { CLI_ERRORS } from '../errors.ts';

export const GRAPH_FORMATS = ['text', 'dot', 'mermaid', 'json'] as const;

export interface ModelsGraphOptions {
  readonly folder: string;
  /** A model or source table; left out: all, or what `select` names. */
  readonly model?: string | undefined;
  readonly select?: readonly string[] | undefined;
  readonly format: (typeof GRAPH_FORMATS)[number];
  /** Columns of the terminal; headings stand out when it is one. */
  readonly width: number;
  readonly isTerminal: boolean;
}

/** What to print. Throws CLI_USAGE, MR-DOCS-001, MR-MODEL-001, MR-MODEL-002. */
export async function modelsGraph(options: ModelsGraphOptions): Promise<string> {
  const { folder, model, select, format } = options;
  if (model !== undefined && select !== undefined) {
    throw new MillraceError(
      CLI_ERRORS.usage,
      'a model and --select name two things; --select +MODEL+ is the same as MODEL',
    );
  }
  const project = await readProject(folder);
  planProject(project); // What cannot be kept exact is said here too.
  const lineage = lineageOf(project);
  const text = { width: options.width, heading: headings(options.isTerminal) };
  if (model !== undefined) {
    const node = findNode(lineage, model);
    if (format === 'text') return nodeText(lineage, node, text);
  }
  const shown = shownNodes(lineage, model === undefined ? select : [`+${model}+`]);
  switch (format) {
    case 'text':
      return overviewText(lineage, shown, text);
    case 'dot':
      return dotText(lineage, shown);
    case 'mermaid':
      return mermaidText(lineage, shown);
    case 'json':
      return `${JSON.stringify(graphDocument(lineage, shown), null, 2)}\n`;
  }
}

function shownNodes(lineage: Lineage, select: readonly string[] | undefined): ReadonlySet<string> {
  return select === undefined ? new Set(lineage.byId.keys()) : selectNodes(lineage, select);
}

function headings(isTerminal: boolean): (text: string) => string {
  return isTerminal ? (text) => styleText('bold', text) : (text) => text;
}
