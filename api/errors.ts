import type { ErrorDefinition } from '../runtime/errors.ts';

/** A catalogue entry that can be answered over HTTP. */
export interface ApiErrorDefinition extends ErrorDefinition {
  readonly status: number;
  readonly title: string;
  /** Seconds after which another try makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Every code that the API answers with. */
export const API_ERRORS = {
  parametersInvalid: {
    code: 'API_PARAMETERS_INVALID',
    status: 400,
    title: 'Some parameters are not as they must be',
    cause: 'a parameter has a value that is not allowed, is repeated, or does not exist',
    remedy: 'correct the parameters listed in `errors`; each entry says what is allowed',
    policy: 'operator',
  },
  requestMalformed: {
    code: 'API_REQUEST_MALFORMED',
    status: 400,
    title: 'The request cannot be read',
    cause: 'the request is not valid HTTP, or its address or headers are too long',
    remedy: 'send a well-formed request of at most 16 KiB',
    policy: 'operator',
  },
  customerUnknown: {
    code: 'API_CUSTOMER_UNKNOWN',
    status: 404,
    title: 'There is no such customer',
    cause: 'neither the customer dimension nor the orders at this watermark have the customer',
    remedy: 'check customer_id; a customer that was just created appears with a later watermark',
    policy: 'operator',
  },
  routeUnknown: {
    code: 'API_ROUTE_UNKNOWN',
    status: 404,
    title: 'There is nothing at this address',
    cause: 'the path is not one of the API',
    remedy: 'see /openapi.json or /docs for the addresses',
    policy: 'operator',
  },
  methodNotAllowed: {
    code: 'API_METHOD_NOT_ALLOWED',
    status: 405,
    title: 'This method is not allowed here',
    cause: 'the API only reads',
    remedy: 'use GET or HEAD',
    policy: 'operator',
  },
  asOfUnknown: {
    code: 'API_AS_OF_UNKNOWN',
    status: 404,
    title: 'Nothing was published then',
    cause: 'no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come',
    remedy: 'use `meta.watermark` or `meta.published_at` of an answer, or a moment behind the first of them',
    policy: 'operator',
  },
  asOfGone: {
    code: 'API_AS_OF_GONE',
    status: 410,
    title: 'That state is not kept any more',
    cause: 'the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since',
    remedy: 'ask for a later state; a longer `warehouse.horizon` keeps more of those to come',
    policy: 'operator',
  },
  reportTooLarge: {
    code: 'API_REPORT_TOO_LARGE',
    status: 422,
    title: 'The report would have too many rows',
    cause: 'periods times dimension values pass the limit of one answer',
    remedy: 'ask for a shorter range, a coarser grain, or filter the dimension',
    policy: 'operator',
  },
  queryFailed: {
    code: 'API_QUERY_FAILED',
    status: 500,
    title: 'The warehouse could not answer the query',
    cause: 'a query failed in the warehouse',
    remedy: 'see the log of the API for the warehouse error code',
    policy: 'operator',
  },
  internal: {
    code: 'API_INTERNAL',
    status: 500,
    title: 'The API failed',
    cause: 'an error nobody foresaw',
    remedy: 'see the log of the API; report it with the request',
    policy: 'operator',
  },
  warehouseUnreachable: {
    code: 'API_WAREHOUSE_UNREACHABLE',
    status: 503,
    title: 'The warehouse does not answer',
    cause: 'the connection to the warehouse was refused, broken or too slow',
    remedy: 'try again; if it lasts, check the warehouse and warehouse.url',
    policy: 'retry',
    retryAfterSeconds: 5,
  },
  warehouseRefused: {
    code: 'API_WAREHOUSE_REFUSED',
    status: 503,
    title: 'The warehouse refuses the API',
    cause: 'the warehouse does not accept the user, its password or its rights',
    remedy: 'check the credentials and grants of the warehouse user that the API is given',
    policy: 'operator',
    retryAfterSeconds: 60,
  },
  warehouseBusy: {
    code: 'API_WAREHOUSE_BUSY',
    status: 503,
    title: 'The warehouse has too much to do',
    cause: 'the warehouse is at its limit of queries, memory or quota',
    remedy: 'try again later, or ask for less',
    policy: 'retry',
    retryAfterSeconds: 5,
  },
  nothingPublished: {
    code: 'API_NOTHING_PUBLISHED',
    status: 503,
    title: 'Nothing was published yet',
    cause: 'the first batch is still being loaded, or the models have not been built yet',
    remedy: 'try again; /v1/lag shows how far loading is',
    policy: 'retry',
    retryAfterSeconds: 5,
  },
  reportOvertaken: {
    code: 'API_REPORT_OVERTAKEN',
    status: 503,
    title: 'The models were exchanged meanwhile',
    cause: 'new versions of models took the place of those that the report was being read from, more than once',
    remedy: 'try again',
    policy: 'retry',
    retryAfterSeconds: 1,
  },
  queryTimeout: {
    code: 'API_QUERY_TIMEOUT',
    status: 504,
    title: 'The report took too long',
    cause: 'the queries of one report passed the time limit and were cancelled',
    remedy: 'ask for a shorter range, a coarser grain, or fewer measures (orders and customers cost the most)',
    policy: 'retry',
    retryAfterSeconds: 10,
  },
} as const satisfies Record<string, ApiErrorDefinition>;
