drop table event_store;
drop table saga_coordinator;
