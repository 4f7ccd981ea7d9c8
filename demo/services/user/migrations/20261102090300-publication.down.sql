do $$
begin
  execute format('revoke connect on database %I from millrace_replicator', current_database());
  execute format('grant connect, temporary on database %I to public', current_database());
end
$$;

revoke select on
  users,
  profiles,
  roles,
  user_roles,
  sessions,
  activity,
  saga_coordinator,
  event_store
from millrace_replicator;

revoke usage on schema public from millrace_replicator;

drop publication user_publication;

-- The last database of the cluster takes the role with it.
do $$
begin
  drop role millrace_replicator;
exception
  when dependent_objects_still_exist or object_in_use then null;
end
$$;
