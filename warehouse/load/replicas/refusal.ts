import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { LOAD_ERRORS } from '../errors.ts';
import {
  type ColumnType,
  ENCODE_ARRAY,
  ENCODE_DECIMAL,
  ENCODE_JSON,
  ENCODE_TIMESTAMPTZ,
} from '../values/column-type.ts';
import { hasOtherOffset } from '../values/value-rules.ts';

/** Why a value that its column's encoder has refused cannot be held. */
export function refusalOf(type: ColumnType, text: string): ErrorDefinition {
  switch (type.encoding) {
    case ENCODE_TIMESTAMPTZ:
      return hasOtherOffset(Buffer.from(text), Buffer.byteLength(text))
        ? LOAD_ERRORS.valueWithOffset
        : LOAD_ERRORS.valueOutOfRange;
    case ENCODE_DECIMAL:
      return /\d/.test(text) ? LOAD_ERRORS.tooManyDigits : LOAD_ERRORS.valueOutOfRange;
    case ENCODE_JSON:
      return LOAD_ERRORS.jsonNotHeld;
    case ENCODE_ARRAY: {
      if (type.array === undefined || text.startsWith('[')) return LOAD_ERRORS.arrayLowerBound;
      if (dimensionsOf(text) !== type.array.dimensions) return LOAD_ERRORS.arrayDimensions;
      // Elements with quotes inside are text, which is never refused; so the others are told apart without parsing.
      return type.array.element.encoding === ENCODE_DECIMAL && !/NaN|Infinity/.test(text)
        ? LOAD_ERRORS.tooManyDigits
        : LOAD_ERRORS.valueOutOfRange;
    }
    default:
      return LOAD_ERRORS.valueOutOfRange;
  }
}

/** Arrays are rectangular: the braces that open the first element are as many as there are dimensions. */
function dimensionsOf(text: string): number {
  return /^\{*/.exec(text)?.[0].length ?? 0;
}
