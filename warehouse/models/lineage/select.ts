import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { LINEAGE_ERRORS } from './errors.ts';
import { type Lineage, type LineageNode, reachable } from './lineage.ts';

/**
 * The nodes that selectors name, as dbt writes them: `sales_fact`, `order.orders` or `source:order.orders`, a layer
 * (`facts`), `path:models/facts`, with `*` for any text; `+` in front takes in what stands before, behind what stands
 * after, with a number only so many steps (`2+sales_fact`). Several add up; a comma takes what both sides have. Throws
 * MR-DOCS-001 for what names nothing.
 */
export function selectNodes(lineage: Lineage, selectors: readonly string[]): Set<string> {
  const selected = new Set<string>();
  for (const union of selectors.flatMap((text) => text.split(/\s+/)).filter((text) => text !== '')) {
    const [first = new Set<string>(), ...others] = union.split(',').map((selector) => selectOne(lineage, selector));
    for (const id of first) if (others.every((other) => other.has(id))) selected.add(id);
  }
  return selected;
}

/** The node of this name. Throws MR-DOCS-001. */
export function findNode(lineage: Lineage, name: string): LineageNode {
  const node = lineage.byId.get(name);
  if (node === undefined) throw unknown(lineage, name);
  return node;
}

function selectOne(lineage: Lineage, selector: string): Set<string> {
  const parts = /^(?:(\d*)(\+))?(.*?)(?:(\+)(\d*))?$/.exec(selector);
  const [, stepsBefore, before, name = '', after, stepsAfter] = parts ?? [];
  const matching = lineage.nodes.filter(matcherOf(name));
  if (name === '' || matching.length === 0) throw unknown(lineage, name === '' ? selector : name);
  const selected = new Set(matching.map(({ id }) => id));
  for (const { id: from } of matching) {
    const add = (over: 'reads' | 'feeds', steps: string | undefined) => {
      const limit = steps === undefined || steps === '' ? {} : { steps: Number(steps) };
      for (const id of reachable(lineage, { from, over, ...limit })) selected.add(id);
    };
    if (before !== undefined) add('reads', stepsBefore);
    if (after !== undefined) add('feeds', stepsAfter);
  }
  return selected;
}

function matcherOf(name: string): (node: LineageNode) => boolean {
  if (name.startsWith('path:')) {
    const path = name.slice('path:'.length).replace(/\/+$/, '');
    return ({ model }) => model !== null && (model.path === path || model.path.startsWith(`${path}/`));
  }
  if (name.startsWith('source:')) {
    const pattern = patternOf(name.slice('source:'.length));
    return ({ id, kind }) => kind === 'source' && (pattern.test(id) || pattern.test(sourceOf(id)));
  }
  const pattern = patternOf(name);
  return ({ id, layer }) => pattern.test(id) || pattern.test(layer);
}

function patternOf(text: string): RegExp {
  const escaped = text.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

function sourceOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

function unknown(lineage: Lineage, name: string): MillraceError {
  const known = [...lineage.byId.keys(), ...lineage.layers];
  // A part of a name is as good as one that was misspelt.
  const within = name === '' ? [] : known.filter((each) => each.includes(name));
  const meant = within.length > 0 ? within.slice(0, 8) : [nearest(name, known)].filter((each) => each !== null);
  const hint = meant.length > 0 ? `did you mean ${meant.join(', ')}?` : `layers are ${lineage.layers.join(', ')}`;
  return new MillraceError(LINEAGE_ERRORS.nodeUnknown, `there is no model, source table or layer ${name}; ${hint}`);
}
