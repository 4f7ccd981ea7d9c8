drop table refunds;
drop table payments;
