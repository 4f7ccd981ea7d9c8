drop table activity;
drop table sessions;
