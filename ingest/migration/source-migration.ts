import { publicationName, quoteIdentifier, quoteLiteral, quoteTable, slotName } from '../postgres/identifiers.ts';
import { qualifiedName, type TableName } from '../postgres/tables/table-filter.ts';

export interface MigrationScope {
  readonly source: string;
  readonly role: string;
  readonly schemas: readonly string[];
  /** What to publish, with the columns to grant (null: all); null when the database could not be asked. */
  readonly tables: readonly (TableName & { readonly columns: readonly string[] | null })[] | null;
  /** Left out, since publishing a table without an identity makes the service's own updates and deletes fail. */
  readonly withoutIdentity: readonly TableName[];
  /** Stored generated columns can and shall be published (Postgres 18). */
  readonly publishGenerated: boolean;
}

export interface Migration {
  readonly up: string;
  readonly down: string;
}

/**
 * What a service's own migrations need so that it can be captured: role, grants and publication, and the way back.
 * Least privilege: login, replication, connect, usage on the schemas, select on the tables; nothing to write, no
 * password (it is set by whoever runs the migration, never kept in it).
 */
export function sourceMigration(scope: MigrationScope): Migration {
  return { up: `${up(scope).join('\n\n')}\n`, down: `${down(scope).join('\n\n')}\n` };
}

/** `20261121093000-millrace-order`, as migrations are named; in UTC. */
export function migrationName(source: string, now: Date): string {
  return `${now.toISOString().replace(/[-:T]/g, '').slice(0, 14)}-millrace-${source.replaceAll('_', '-')}`;
}

function up(scope: MigrationScope): string[] {
  const { source, schemas, tables } = scope;
  const role = quoteIdentifier(scope.role);
  const publication = quoteIdentifier(publicationName(source));
  const schemaList = schemas.map(quoteIdentifier).join(', ');
  const options = [
    "publish = 'insert, update, delete, truncate'",
    'publish_via_partition_root = true',
    ...(scope.publishGenerated ? ['publish_generated_columns = stored'] : []),
  ].join(', ');
  return [
    `-- Lets Millrace capture the service \`${source}\`. The role belongs to the cluster, which databases may share: it is made by
-- whichever migrates first. Its password is set by whoever runs this, never here:
--   alter role ${role} password '...';
do $$
begin
  if not exists (select from pg_roles where rolname = ${quoteLiteral(scope.role)}) then
    create role ${role} login replication;
  end if;
exception
  when duplicate_object or unique_violation then null;
end
$$;`,
    connectBlock('grant', 'to', scope.role),
    `grant usage on schema ${schemaList} to ${role};`,
    ...(tables === null
      ? [everyTableBlock(scope, options)]
      : [
          `-- Tables are listed, so that publishing another one is a decision, and one that needs no superuser.
create publication ${publication} for table
  ${tables.map(quoteTable).join(',\n  ')}
with (${options});`,
          ...grants('grant', 'to', tables, role),
        ]),
    ...(scope.withoutIdentity.length === 0
      ? []
      : [
          `-- Left out: these have neither a primary key nor a replica identity, and publishing them would make the service's own
-- updates and deletes on them fail: ${scope.withoutIdentity.map(qualifiedName).join(', ')}`,
        ]),
  ];
}

function down(scope: MigrationScope): string[] {
  const { source, schemas, tables } = scope;
  const role = quoteIdentifier(scope.role);
  const schemaList = schemas.map(quoteIdentifier).join(', ');
  const slot = slotName(source);
  return [
    `-- A slot that nobody reads keeps the server's WAL for ever. Stop capture first: a slot in use cannot be dropped.
do $$
begin
  perform pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${quoteLiteral(slot)};
exception
  when insufficient_privilege then
    raise warning 'not allowed to drop the slot ${slot}: drop it as a role with replication';
end
$$;`,
    `drop publication ${quoteIdentifier(publicationName(source))};`,
    ...(tables === null
      ? [`revoke select on all tables in schema ${schemaList} from ${role};`]
      : grants('revoke', 'from', tables, role)),
    `revoke usage on schema ${schemaList} from ${role};`,
    connectBlock('revoke', 'from', scope.role),
    `-- The last database of the cluster takes the role with it.
do $$
begin
  drop role ${role};
exception
  when dependent_objects_still_exist or object_in_use then null;
end
$$;`,
  ];
}

/** Whole tables in one statement, tables with a list of columns in one each. */
function grants(
  verb: 'grant' | 'revoke',
  preposition: 'to' | 'from',
  tables: NonNullable<MigrationScope['tables']>,
  role: string,
): string[] {
  const whole = tables.filter(({ columns }) => columns === null);
  const parts = tables.flatMap(({ columns, ...table }) =>
    columns === null
      ? []
      : `${verb} select (${columns.map(quoteIdentifier).join(', ')}) on ${quoteTable(table)} ${preposition} ${role};`,
  );
  const list = `${verb} select on\n  ${whole.map(quoteTable).join(',\n  ')}\n${preposition} ${role};`;
  return whole.length === 0 ? parts : [list, ...parts];
}

/** The database's name is known when it runs: migrations run in several environments. */
function connectBlock(verb: 'grant' | 'revoke', preposition: 'to' | 'from', role: string): string {
  return `do $$
begin
  execute format('${verb} connect on database %I ${preposition} %I', current_database(), ${quoteLiteral(role)});
end
$$;`;
}

/** Where the tables are not known now: those that exist when it runs, and have an identity. */
function everyTableBlock(scope: MigrationScope, options: string): string {
  return `-- The database could not be asked which tables there are: those that exist when this runs are taken, except for
-- tables without a key, which publishing would keep the service from updating.
do $$
declare
  tables text;
begin
  select string_agg(format('%I.%I', n.nspname, c.relname), ', ' order by n.nspname, c.relname)
  into tables
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in (${scope.schemas.map(quoteLiteral).join(', ')})
    and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
    and exists (
      select from pg_index i
      where i.indrelid = c.oid and i.indisvalid
        and case when c.relreplident = 'i' then i.indisreplident else i.indisprimary and i.indimmediate end);
  execute format('create publication %I for table %s with (${options.replaceAll("'", "''")})', ${quoteLiteral(publicationName(scope.source))}, tables);
  execute format('grant select on %s to %I', tables, ${quoteLiteral(scope.role)});
end
$$;`;
}
