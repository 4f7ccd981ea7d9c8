import { describe, expect, it } from 'vitest';
import { migrationName, sourceMigration } from './source-migration.ts';

const SCOPE = {
  source: 'order',
  role: 'millrace_replicator',
  schemas: ['public'],
  tables: [{ schema: 'public', table: 'orders', columns: null }],
  withoutIdentity: [],
  publishGenerated: false,
};

describe('sourceMigration', () => {
  it('grants no more than login, replication, connect, usage and select', () => {
    const { up } = sourceMigration(SCOPE);
    const grants = up.match(/grant [a-z, ]+?(?= on| \()/g);
    expect(grants).toEqual(['grant connect', 'grant usage', 'grant select']);
    expect(up).toContain('create role "millrace_replicator" login replication;');
    expect(up).not.toMatch(/superuser;|all privileges|password '(?!\.\.\.)/i);
  });

  it('quotes names whatever they hold', () => {
    const { up, down } = sourceMigration({
      ...SCOPE,
      role: `o'"r`,
      tables: [{ schema: 'we"ird', table: `t'able`, columns: ['a"b'] }],
    });
    expect(up).toContain(`grant select ("a""b") on "we""ird"."t'able" to "o'""r";`);
    expect(up).toContain(`rolname = 'o''"r'`);
    expect(down).toContain(`revoke select ("a""b") on "we""ird"."t'able" from "o'""r";`);
  });
});

describe('migrationName', () => {
  it('is a timestamp in UTC and what it is for', () => {
    expect(migrationName('order_items', new Date('2026-11-21T09:08:07.123+01:00'))).toBe(
      '20261121080807-millrace-order-items',
    );
  });
});
