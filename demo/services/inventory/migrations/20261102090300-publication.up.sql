-- The role belongs to the cluster, which databases may share: made by whichever migrates first. Its password is set by
-- whoever runs the migrations, never here.
do $$
begin
  if not exists (select from pg_roles where rolname = 'millrace_replicator') then
    create role millrace_replicator login replication;
  end if;
exception
  when duplicate_object or unique_violation then null;
end
$$;

-- Tables are listed, so that publishing another one is a decision, and one that needs no superuser.
create publication inventory_publication for table
  categories,
  products,
  warehouses,
  stock_levels,
  stock_movements,
  reservations,
  saga_coordinator,
  event_store
with (publish = 'insert, update, delete, truncate');

grant usage on schema public to millrace_replicator;

grant select on
  categories,
  products,
  warehouses,
  stock_levels,
  stock_movements,
  reservations,
  saga_coordinator,
  event_store
to millrace_replicator;

-- Connecting is for those who are let in by name.
do $$
begin
  execute format('revoke connect, temporary on database %I from public', current_database());
  execute format('grant connect on database %I to millrace_replicator', current_database());
end
$$;
