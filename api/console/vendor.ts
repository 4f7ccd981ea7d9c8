import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** A file of a package that the console's pages load. */
export interface VendorFile {
  readonly folder: string;
  readonly file: string;
  /** Where its folder is served: with the version, so that it can be kept for ever. */
  readonly prefix: string;
  readonly address: string;
}

/** Package and file; a fixed list, nothing else of node_modules can be had. */
const MODULES = {
  preact: ['preact', 'dist/preact.mjs'],
  'preact/hooks': ['preact', 'hooks/dist/hooks.mjs'],
  htm: ['htm', 'dist/htm.mjs'],
  'htm/preact': ['htm', 'preact/index.mjs'],
} as const;

/** Plot comes as one file for scripts, and looks for `d3` beside it. */
const SCRIPTS = [
  ['d3', 'dist/d3.min.js'],
  ['@observablehq/plot', 'dist/plot.umd.min.js'],
] as const;

function vendorFile(name: string, path: string): VendorFile {
  const description = findPackageJSON(name, import.meta.url);
  if (description === undefined) throw new Error(`package ${name} is not installed`);
  const { version } = JSON.parse(readFileSync(description, 'utf8')) as { version: string };
  const prefix = `/console/vendor/${name.replace('@', '').replace('/', '-')}-${version}/${dirname(path)}/`;
  const file = basename(path);
  return { folder: join(dirname(description), dirname(path)), file, prefix, address: `${prefix}${file}` };
}

export interface Vendors {
  readonly modules: Readonly<Record<string, VendorFile>>;
  readonly scripts: readonly VendorFile[];
}

export function findVendors(): Vendors {
  return {
    modules: Object.fromEntries(Object.entries(MODULES).map(([name, [from, path]]) => [name, vendorFile(from, path)])),
    scripts: SCRIPTS.map(([from, path]) => vendorFile(from, path)),
  };
}
