import { type Step, transaction } from './step.ts';
import { currency, moment } from './values.ts';

/** What currencies are worth: new, corrected and withdrawn, in days long gone as well. */
export const RATE_STEPS: Readonly<Record<string, Step>> = {
  'exchange rate of a day': transaction('order', 2, async (sql, random) => {
    const day = moment(random);
    await sql.run(
      `insert into exchange_rates (currency, valid_from, rate, updated_at)
      values ($1, $2::timestamptz at time zone 'UTC', $3, $2)
      on conflict (currency, valid_from) do update
      set rate = excluded.rate, updated_at = excluded.updated_at`,
      [currency(random), day, `${random.between(0, 2)}.${random.between(1, 9_999_999_999)}`],
    );
  }),
  'exchange rate corrected or withdrawn': transaction('order', 2, async (sql, random) => {
    const [chosen, at] = [currency(random), moment(random)];
    const [rate] = await sql.run<{ day: string }>(
      `select max(valid_from)::text as day
      from exchange_rates
      where currency = $1
        and valid_from <= $2`,
      [chosen, at],
    );
    if (rate?.day == null) return;
    if (random.chance(0.3))
      await sql.run('delete from exchange_rates where currency = $1 and valid_from = $2', [chosen, rate.day]);
    else
      await sql.run('update exchange_rates set rate = rate * 1.01 where currency = $1 and valid_from = $2', [
        chosen,
        rate.day,
      ]);
  }),
};
