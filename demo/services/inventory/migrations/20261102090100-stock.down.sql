drop table reservations;
drop table stock_movements;
drop table stock_levels;
drop table warehouses;
