-- What one unit of a currency is worth in the company's own (USD), from a day on until the next day with a rate.
create table exchange_rates (
  currency char(3) not null,
  valid_from date not null,
  rate numeric(20, 10) not null check (rate > 0),
  updated_at timestamptz not null default now(),
  primary key (currency, valid_from)
);

-- Made up: round levels with a slow wave, for each month of five years.
insert into exchange_rates (currency, valid_from, rate, updated_at)
select
  currency,
  month::date,
  round((level * (1 + 0.03 * sin(extract(month from month)::int)))::numeric, 10),
  month
from (
  values ('EUR', 1.09), ('GBP', 1.27), ('CAD', 0.73), ('AUD', 0.66), ('JPY', 0.0067), ('SGD', 0.74), ('BRL', 0.18),
    ('COP', 0.00024)
) as levels (currency, level)
cross join generate_series(timestamptz '2024-01-01 00:00:00+00', '2028-12-01 00:00:00+00', interval '1 month') as month;

alter publication order_publication add table exchange_rates;

grant select on exchange_rates to millrace_replicator;
