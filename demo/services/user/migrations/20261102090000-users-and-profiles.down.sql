drop table user_roles;
drop table roles;
drop table profiles;
drop table users;
