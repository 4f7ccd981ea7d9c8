import { type Parameter, quoteShort } from './parameter.ts';

/** A plain decimal number within bounds, read as a double: for settings of a calculation, not for amounts that are added up. */
export function decimalNumber<F extends number | null>(options: {
  min: number;
  max: number;
  fallback: F;
  description: string;
}): Parameter<number | F> {
  const { min, max, fallback, description } = options;
  return {
    description,
    repeatable: false,
    allowed: `a number from ${min} to ${max}, with a point and no exponent`,
    schema: { type: 'number', minimum: min, maximum: max, ...(fallback !== null && { default: fallback }) },
    fallback,
    read([text = '']) {
      const value = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : { refused: `${quoteShort(text)} is not such a number` };
    },
  };
}
