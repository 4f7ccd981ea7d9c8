drop table deliveries;
drop table notifications;
drop table templates;
