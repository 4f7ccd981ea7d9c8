/** Made by `npm run generate` from the OpenAPI document. */
import type { Decimal } from './exact-json.ts';

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The console: reports and the pipeline to look at */
        get: operations["getPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Does the process answer? */
        get: operations["getHealthLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Can reports be answered? */
        get: operations["getHealthReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in the text format of Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This API as an OpenAPI 3.1 document */
        get: operations["getOpenapiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cubes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The cubes
         * @description With dimensions and measures, as the models that readers see declare them.
         */
        get: operations["getCubes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cubes/{cube}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A cube
         * @description With dimensions and measures, as the models that readers see declare them.
         */
        get: operations["getCubesCube"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cubes/{cube}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The SQL of a question, and what it costs
         * @description Runs it. Names come from the cube, values are parameters of the query.
         */
        post: operations["postCubesCubeExplain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cubes/{cube}/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Measures of a cube by some of its dimensions
         * @description A row for each combination of the dimensions that occurs; without dimensions one row. A measure that does not add up over a dimension is refused unless the dimension is asked for or held to one value. A period is its first day.
         */
        post: operations["postCubesCubeQuery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your exports */
        get: operations["getExports"];
        put?: never;
        /**
         * Write an answer to a file beside the request
         * @description The whole answer to a report, a question about a cube, or a view, at the state that is the newest now (or that `as_of` of the request names). What the request itself would be refused with is refused at once. Look at `Location` until `status` is done.
         */
        post: operations["postExports"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an export is */
        get: operations["getExportsId"];
        put?: never;
        post?: never;
        /**
         * End an export, or remove it
         * @description One that is under way is cancelled and stays in the list; one that has ended is removed, with its file.
         */
        delete: operations["deleteExportsId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The file of an export
         * @description As it is on disk, uncompressed; a download that broke off goes on with `Range`.
         */
        get: operations["getExportsIdFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lag": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far each source is: captured, published, behind by how much */
        get: operations["getLag"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/cohorts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who comes back, and what they are worth with time
         * @description A row for each month of first order and each month since then that was observed, whether anybody bought or not; months behind `until` are left out rather than zero. `cumulative_` amounts are of the cohort up to the month.
         */
        get: operations["getReportsCohorts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/customer-forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What customers will buy, and what they will be worth
         * @description Expected purchases, the chance that a customer still buys, and the discounted value of what they will buy within a horizon, by BG/NBD (or Pareto/NBD) and Gamma-Gamma with the parameters of the newest fit, which `meta.fit` tells with what there is to say against it. A purchase is a day with an order. Amounts come in steps of at most 30 days, each discounted from its end. The first purchase of each customer is no part of their mean value, as in the literature. Fits are made on schedule and by `millrace forecasts fit`.
         */
        get: operations["getReportsCustomerForecast"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/customer-ltv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What customers have been worth so far
         * @description The customers of highest value, one customer, or customers by segment, month of first order or channel that brought them. All amounts are in the reporting currency (`meta.currency`). Ties are in order of customer_id or group. A customer without orders has zeros and null dates.
         */
        get: operations["getReportsCustomerLtv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is in stock, how long it lasts, and when to order
         * @description Stock of each product in each warehouse, with its demand over a window of days. Demand is what was shipped; **days without stock are left out of it, not counted as days without demand**. Stock of a past day is what is on hand now less what moved since. Goods in transit are not in the answer, since no source records them. Items are products and warehouses (with by=product: products) with a stock level or any movement; one without a stock level has none on hand. Classes compare the items that the filters by product, warehouse and category leave. Figures that cannot be had (no demand, a single day, no stock) are null.
         */
        get: operations["getReportsInventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How channels and templates of notifications perform
         * @description Notifications by the day of their creation, and what became of them up to now. Whether one was opened is not in the answer, since no source records it. A row for each combination that occurs.
         */
        get: operations["getReportsNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What providers and methods of payment capture, fail and pay back
         * @description Payments by the day of their creation, with what became of them up to now: a refund counts on the day of its payment. Amounts of several currencies are never added: they are converted to the reporting currency (`meta.currency`), each at the rate of the day of its payment. A row for each combination that occurs.
         */
        get: operations["getReportsPayments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/rfm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Customers by how lately, how often and for how much they bought
         * @description Scores from 1 to 5 among all who bought: 1 and how many whole fifths of them have less. **Ties**: equal values have the same score, so parts may be larger than a fifth, and a score may have nobody. Recency is by the day of the last order (later is higher), frequency by distinct orders, monetary value by net revenue. Segments by recency score R and the mean of the frequency and monetary scores FM, a half counting up: champions (R5 FM4-5, R4 FM5), loyal (R4 FM4, R3 FM4-5), potential_loyalists (R4-5 FM2-3), new (R5 FM1), promising (R4 FM1), needs_attention (R3 FM3), about_to_sleep (R3 FM1-2), cannot_lose (R1 FM4-5), at_risk (R2 FM3-5, R1 FM3), hibernating (R2 FM1-2), lost (R1 FM1-2).
         */
        get: operations["getReportsRfm"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/sagas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How sagas end, how long they take, and which steps take the time
         * @description Sagas by the day on which they began. By `service` or `step` rows are about the steps of sagas instead (`meta.rows_are`), with measures of their own. A row for each combination that occurs.
         */
        get: operations["getReportsSagas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/sales-trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sales by period and up to three dimensions, compared, summed up and continued
         * @description One row per period of the range and combination of dimension values that occurs in it; periods without sales are zero. `from` and `to` both belong to the range, in business days of `time_zone`. A period that the range cuts (`meta.partial_periods`) counts the days asked for. `previous` is the whole period before, outside the range too, unless `compare` says otherwise. Amounts are in `meta.currency`.
         */
        get: operations["getReportsSalesTrends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The read models
         * @description With their keys, columns and what they can be filtered by, as the models that readers see declare them.
         */
        get: operations["getViews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views/{view}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A read model, page by page
         * @description Rows in the order of the key. Each column of `filters` is a parameter too: values of one are alternatives, different ones narrow. All pages behind a cursor are of the state of the first. Files say in headers what `meta` says: the address of the next page in `Link`. A view as a whole is an export.
         */
        get: operations["getViewsView"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Problem
         * @description An error, as RFC 9457 has it. `code` is stable; `errors` names every wrong parameter at once.
         * @example {
         *       "type": "urn:millrace:problem:API_PARAMETERS_INVALID",
         *       "title": "Some parameters are not as they must be",
         *       "status": 400,
         *       "detail": "grain: \"decade\" is not one of the values",
         *       "instance": "/v1/reports/sales-trends",
         *       "code": "API_PARAMETERS_INVALID",
         *       "remedy": "correct the parameters listed in `errors`; each entry says what is allowed",
         *       "errors": [
         *         {
         *           "parameter": "grain",
         *           "problem": "\"decade\" is not one of the values",
         *           "allowed": [
         *             "day",
         *             "week",
         *             "month",
         *             "quarter",
         *             "year"
         *           ]
         *         }
         *       ]
         *     }
         */
        problem: {
            /** @enum {string} */
            code: "API_PARAMETERS_INVALID" | "API_REQUEST_MALFORMED" | "API_CUSTOMER_UNKNOWN" | "API_CUBE_UNKNOWN" | "API_CREDENTIALS_MISSING" | "API_KEY_INVALID" | "API_KEY_EXPIRED" | "API_TOKEN_INVALID" | "API_TOKEN_EXPIRED" | "API_SCOPE_MISSING" | "API_ROWS_RESTRICTED" | "API_VIEW_UNKNOWN" | "API_RATE_LIMITED" | "API_TOKEN_KEYS_AWAY" | "API_EXPORT_UNKNOWN" | "API_EXPORTS_TOO_MANY" | "API_ROUTE_UNKNOWN" | "API_METHOD_NOT_ALLOWED" | "API_NOT_ACCEPTABLE" | "API_BODY_TOO_LARGE" | "API_MEDIA_TYPE_UNSUPPORTED" | "API_AS_OF_UNKNOWN" | "API_MIN_AS_OF_LATE" | "API_EXPORT_UNFINISHED" | "API_EXPORT_WITHOUT_FILE" | "API_AS_OF_GONE" | "API_RANGE_NOT_SATISFIABLE" | "API_EXPORT_TOO_LARGE" | "API_REPORT_TOO_LARGE" | "API_QUERY_TOO_LARGE" | "API_QUERY_FAILED" | "API_INTERNAL" | "API_FORECAST_MISSING" | "API_FORECAST_UNUSABLE" | "API_WAREHOUSE_UNREACHABLE" | "API_WAREHOUSE_REFUSED" | "API_WAREHOUSE_BUSY" | "API_NOTHING_PUBLISHED" | "API_REPORT_OVERTAKEN" | "API_EXPORTS_BUSY" | "API_EXPORT_STORAGE" | "API_EXPORT_INTERRUPTED" | "API_QUERY_TIMEOUT";
            detail: string;
            errors?: {
                allowed: string | string[];
                parameter: string;
                problem: string;
            }[];
            instance: string;
            remedy: string;
            status: number;
            title: string;
            type: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getPage: {
        parameters: {
            query?: {
                /** @description The state that every number on the page is held at. Default: it follows the newest. */
                as_of?: string | unknown | unknown;
                /** @description Length of the periods that the overview shows. */
                grain?: "day" | "week" | "month" | "quarter";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getHealthLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: string;
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getHealthReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The warehouse answers and something was published. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: string;
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics of the API and of the parts that run beside it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getOpenapiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getCubes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cubes that readers see now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            description: string;
                            dimensions: {
                                description: string;
                                grains: ("day" | "week" | "month" | "quarter" | "year")[];
                                /** @description `column`, or `column.attribute` of what the column points to. */
                                name: string;
                                /** @enum {string} */
                                type: "text" | "integer" | "decimal" | "float" | "day" | "moment" | "boolean";
                            }[];
                            measures: {
                                /** @enum {string} */
                                aggregate: "sum" | "min" | "max" | "count" | "ratio";
                                description: string;
                                name: string;
                                /** @description Dimensions that it does not add up over: each must be asked for, or held to one value by a filter. */
                                not_over: string[];
                                ratio: {
                                    by?: string;
                                    of?: string;
                                    scale?: number;
                                } | null;
                                /** @enum {string} */
                                type: "text" | "integer" | "decimal" | "float" | "day" | "moment" | "boolean";
                            }[];
                            name: string;
                            /** @description The dimension that `time_range` is about unless it names another. */
                            time: string | null;
                        }[];
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getCubesCube: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A name that /v1/cubes lists. */
                cube: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cube as readers see it now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            description: string;
                            dimensions: {
                                description: string;
                                grains: ("day" | "week" | "month" | "quarter" | "year")[];
                                /** @description `column`, or `column.attribute` of what the column points to. */
                                name: string;
                                /** @enum {string} */
                                type: "text" | "integer" | "decimal" | "float" | "day" | "moment" | "boolean";
                            }[];
                            measures: {
                                /** @enum {string} */
                                aggregate: "sum" | "min" | "max" | "count" | "ratio";
                                description: string;
                                name: string;
                                /** @description Dimensions that it does not add up over: each must be asked for, or held to one value by a filter. */
                                not_over: string[];
                                ratio: {
                                    by?: string;
                                    of?: string;
                                    scale?: number;
                                } | null;
                                /** @enum {string} */
                                type: "text" | "integer" | "decimal" | "float" | "day" | "moment" | "boolean";
                            }[];
                            name: string;
                            /** @description The dimension that `time_range` is about unless it names another. */
                            time: string | null;
                        };
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    postCubesCubeExplain: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
            };
            header?: never;
            path: {
                /** @description A name that /v1/cubes lists. */
                cube: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "measures": [
                 *         "reporting_net_revenue",
                 *         "units"
                 *       ],
                 *       "dimensions": [
                 *         {
                 *           "name": "month",
                 *           "grain": "quarter"
                 *         },
                 *         "product_id.category"
                 *       ],
                 *       "filters": [
                 *         {
                 *           "name": "channel",
                 *           "operator": "equals",
                 *           "values": [
                 *             "web"
                 *           ]
                 *         }
                 *       ],
                 *       "time_range": {
                 *         "from": "2026-01-01",
                 *         "to": "2026-12-31"
                 *       },
                 *       "order": [
                 *         {
                 *           "name": "reporting_net_revenue",
                 *           "direction": "desc"
                 *         }
                 *       ],
                 *       "limit": 10
                 *     }
                 */
                "application/json": {
                    dimensions?: (string | {
                        /** @enum {string} */
                        grain?: "day" | "week" | "month" | "quarter" | "year";
                        name: string;
                    })[];
                    /** @description All of them must hold. Those of measures are about the rows of the answer. */
                    filters?: {
                        name: string;
                        /**
                         * @default equals
                         * @enum {string}
                         */
                        operator?: "equals" | "not_equals" | "greater" | "greater_or_equal" | "less" | "less_or_equal" | "contains" | "starts_with" | "is_null" | "is_not_null";
                        values?: (string | Decimal | boolean)[];
                    }[];
                    /** @description Rows at most. Default: 1000 in JSON; as many as there may be in the other formats. */
                    limit?: number;
                    measures?: string[];
                    order?: {
                        /**
                         * @default asc
                         * @enum {string}
                         */
                        direction?: "asc" | "desc";
                        name: string;
                    }[];
                    /** @description Both days belong to it; without one the range is open on that side. */
                    time_range?: {
                        /** Format: date */
                        from?: string;
                        name?: string;
                        /** Format: date */
                        to?: string;
                    };
                };
            };
        };
        responses: {
            /** @description The query that answers the question. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            bytes_read: number;
                            parameters: {
                                [key: string]: unknown;
                            };
                            rows_read: number;
                            seconds: Decimal;
                            sql: string;
                        };
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            cube: string;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** Format: date-time */
                            published_at: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_BODY_TOO_LARGE: the body of the request is larger than 1 MiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MEDIA_TYPE_UNSUPPORTED: the body of the request is not JSON as its header `Content-Type` or `Content-Encoding` has it */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    postCubesCubeQuery: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
            };
            header?: never;
            path: {
                /** @description A name that /v1/cubes lists. */
                cube: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "measures": [
                 *         "reporting_net_revenue",
                 *         "units"
                 *       ],
                 *       "dimensions": [
                 *         {
                 *           "name": "month",
                 *           "grain": "quarter"
                 *         },
                 *         "product_id.category"
                 *       ],
                 *       "filters": [
                 *         {
                 *           "name": "channel",
                 *           "operator": "equals",
                 *           "values": [
                 *             "web"
                 *           ]
                 *         }
                 *       ],
                 *       "time_range": {
                 *         "from": "2026-01-01",
                 *         "to": "2026-12-31"
                 *       },
                 *       "order": [
                 *         {
                 *           "name": "reporting_net_revenue",
                 *           "direction": "desc"
                 *         }
                 *       ],
                 *       "limit": 10
                 *     }
                 */
                "application/json": {
                    dimensions?: (string | {
                        /** @enum {string} */
                        grain?: "day" | "week" | "month" | "quarter" | "year";
                        name: string;
                    })[];
                    /** @description All of them must hold. Those of measures are about the rows of the answer. */
                    filters?: {
                        name: string;
                        /**
                         * @default equals
                         * @enum {string}
                         */
                        operator?: "equals" | "not_equals" | "greater" | "greater_or_equal" | "less" | "less_or_equal" | "contains" | "starts_with" | "is_null" | "is_not_null";
                        values?: (string | Decimal | boolean)[];
                    }[];
                    /** @description Rows at most. Default: 1000 in JSON; as many as there may be in the other formats. */
                    limit?: number;
                    measures?: string[];
                    order?: {
                        /**
                         * @default asc
                         * @enum {string}
                         */
                        direction?: "asc" | "desc";
                        name: string;
                    }[];
                    /** @description Both days belong to it; without one the range is open on that side. */
                    time_range?: {
                        /** Format: date */
                        from?: string;
                        name?: string;
                        /** Format: date */
                        to?: string;
                    };
                };
            };
        };
        responses: {
            /** @description The answer at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            [key: string]: string | Decimal | boolean | null;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            cube: string;
                            /** @description There are more rows than `limit`. */
                            is_truncated: boolean;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** Format: date-time */
                            published_at: string;
                            /** @description As understood, with defaults filled. */
                            question: Record<string, never>;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_BODY_TOO_LARGE: the body of the request is larger than 1 MiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MEDIA_TYPE_UNSUPPORTED: the body of the request is not JSON as its header `Content-Type` or `Content-Encoding` has it */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getExports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your exports, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description Of the file; while it is being written, those until now. */
                            bytes: number;
                            /**
                             * Format: date-time
                             * @description When it was accepted, and its state was fixed.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description When it is removed, with its file; null while it is under way.
                             */
                            expires_at: string | null;
                            /** @description Its address; null until it is done. */
                            file: string | null;
                            /** @description What to call the file; null until it is done. */
                            file_name: string | null;
                            /**
                             * Format: date-time
                             * @description When it ended, one way or another.
                             */
                            finished_at: string | null;
                            /** @enum {string} */
                            format: "csv" | "ndjson" | "arrow" | "parquet";
                            /** Format: uuid */
                            id: string;
                            /** @description Why it failed, as the request itself would have been answered; null where it did not. */
                            problem: components["schemas"]["problem"] | null;
                            /**
                             * Format: double
                             * @description The part of the rows that is written; null where that is not known, as of Arrow and Parquet before they are done.
                             */
                            progress: Decimal | null;
                            /** Format: date-time */
                            published_at: string;
                            /** @description What was asked for. */
                            request: {
                                /** @description Null where there is none. */
                                body: unknown;
                                /** @enum {string} */
                                method: "GET" | "POST";
                                path: string;
                                query: {
                                    [key: string]: string | string[];
                                };
                            };
                            /** @description Of the whole file; null until they were counted. */
                            rows: number | null;
                            /** @description Of the file, hexadecimal; null until it is done. */
                            sha256: string | null;
                            /**
                             * Format: date-time
                             * @description When its rows were begun to be read; null while it waits.
                             */
                            started_at: string | null;
                            /**
                             * @description `queued` and `running` are under way; the others are for good.
                             * @enum {string}
                             */
                            status: "queued" | "running" | "done" | "failed" | "cancelled";
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        }[];
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    postExports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What the file is written as.
                     * @enum {string}
                     */
                    format: "csv" | "ndjson" | "arrow" | "parquet";
                    /** @description What to export, without `format`: an address such as `/v1/views/order_history?channel=web`, or its parts. Views are exported as a whole, without `limit` and `cursor`; a question about a cube without `limit` gives all rows. */
                    request: string | {
                        /** @description The question, for a request that is sent with POST. */
                        body?: unknown;
                        path: string;
                        /** @description Parameters of the address, a list where one is repeated. */
                        query?: {
                            [key: string]: (string | Decimal | boolean) | (string | Decimal | boolean)[];
                        } | null;
                    };
                };
            };
        };
        responses: {
            /** @description It was accepted. */
            202: {
                headers: {
                    /** @description Where it is told how far it is. */
                    location?: string;
                    /** @description Seconds after which it makes sense to look again; while it is under way. */
                    "retry-after"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description Of the file; while it is being written, those until now. */
                            bytes: number;
                            /**
                             * Format: date-time
                             * @description When it was accepted, and its state was fixed.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description When it is removed, with its file; null while it is under way.
                             */
                            expires_at: string | null;
                            /** @description Its address; null until it is done. */
                            file: string | null;
                            /** @description What to call the file; null until it is done. */
                            file_name: string | null;
                            /**
                             * Format: date-time
                             * @description When it ended, one way or another.
                             */
                            finished_at: string | null;
                            /** @enum {string} */
                            format: "csv" | "ndjson" | "arrow" | "parquet";
                            /** Format: uuid */
                            id: string;
                            /** @description Why it failed, as the request itself would have been answered; null where it did not. */
                            problem: components["schemas"]["problem"] | null;
                            /**
                             * Format: double
                             * @description The part of the rows that is written; null where that is not known, as of Arrow and Parquet before they are done.
                             */
                            progress: Decimal | null;
                            /** Format: date-time */
                            published_at: string;
                            /** @description What was asked for. */
                            request: {
                                /** @description Null where there is none. */
                                body: unknown;
                                /** @enum {string} */
                                method: "GET" | "POST";
                                path: string;
                                query: {
                                    [key: string]: string | string[];
                                };
                            };
                            /** @description Of the whole file; null until they were counted. */
                            rows: number | null;
                            /** @description Of the file, hexadecimal; null until it is done. */
                            sha256: string | null;
                            /**
                             * Format: date-time
                             * @description When its rows were begun to be read; null while it waits.
                             */
                            started_at: string | null;
                            /**
                             * @description `queued` and `running` are under way; the others are for good.
                             * @enum {string}
                             */
                            status: "queued" | "running" | "done" | "failed" | "cancelled";
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_BODY_TOO_LARGE: the body of the request is larger than 1 MiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MEDIA_TYPE_UNSUPPORTED: the body of the request is not JSON as its header `Content-Type` or `Content-Encoding` has it */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getExportsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of an export that /v1/exports lists. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it is. */
            200: {
                headers: {
                    /** @description Seconds after which it makes sense to look again; while it is under way. */
                    "retry-after"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description Of the file; while it is being written, those until now. */
                            bytes: number;
                            /**
                             * Format: date-time
                             * @description When it was accepted, and its state was fixed.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description When it is removed, with its file; null while it is under way.
                             */
                            expires_at: string | null;
                            /** @description Its address; null until it is done. */
                            file: string | null;
                            /** @description What to call the file; null until it is done. */
                            file_name: string | null;
                            /**
                             * Format: date-time
                             * @description When it ended, one way or another.
                             */
                            finished_at: string | null;
                            /** @enum {string} */
                            format: "csv" | "ndjson" | "arrow" | "parquet";
                            /** Format: uuid */
                            id: string;
                            /** @description Why it failed, as the request itself would have been answered; null where it did not. */
                            problem: components["schemas"]["problem"] | null;
                            /**
                             * Format: double
                             * @description The part of the rows that is written; null where that is not known, as of Arrow and Parquet before they are done.
                             */
                            progress: Decimal | null;
                            /** Format: date-time */
                            published_at: string;
                            /** @description What was asked for. */
                            request: {
                                /** @description Null where there is none. */
                                body: unknown;
                                /** @enum {string} */
                                method: "GET" | "POST";
                                path: string;
                                query: {
                                    [key: string]: string | string[];
                                };
                            };
                            /** @description Of the whole file; null until they were counted. */
                            rows: number | null;
                            /** @description Of the file, hexadecimal; null until it is done. */
                            sha256: string | null;
                            /**
                             * Format: date-time
                             * @description When its rows were begun to be read; null while it waits.
                             */
                            started_at: string | null;
                            /**
                             * @description `queued` and `running` are under way; the others are for good.
                             * @enum {string}
                             */
                            status: "queued" | "running" | "done" | "failed" | "cancelled";
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    deleteExportsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of an export that /v1/exports lists. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was under way, and was ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description Of the file; while it is being written, those until now. */
                            bytes: number;
                            /**
                             * Format: date-time
                             * @description When it was accepted, and its state was fixed.
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description When it is removed, with its file; null while it is under way.
                             */
                            expires_at: string | null;
                            /** @description Its address; null until it is done. */
                            file: string | null;
                            /** @description What to call the file; null until it is done. */
                            file_name: string | null;
                            /**
                             * Format: date-time
                             * @description When it ended, one way or another.
                             */
                            finished_at: string | null;
                            /** @enum {string} */
                            format: "csv" | "ndjson" | "arrow" | "parquet";
                            /** Format: uuid */
                            id: string;
                            /** @description Why it failed, as the request itself would have been answered; null where it did not. */
                            problem: components["schemas"]["problem"] | null;
                            /**
                             * Format: double
                             * @description The part of the rows that is written; null where that is not known, as of Arrow and Parquet before they are done.
                             */
                            progress: Decimal | null;
                            /** Format: date-time */
                            published_at: string;
                            /** @description What was asked for. */
                            request: {
                                /** @description Null where there is none. */
                                body: unknown;
                                /** @enum {string} */
                                method: "GET" | "POST";
                                path: string;
                                query: {
                                    [key: string]: string | string[];
                                };
                            };
                            /** @description Of the whole file; null until they were counted. */
                            rows: number | null;
                            /** @description Of the file, hexadecimal; null until it is done. */
                            sha256: string | null;
                            /**
                             * Format: date-time
                             * @description When its rows were begun to be read; null while it waits.
                             */
                            started_at: string | null;
                            /**
                             * @description `queued` and `running` are under way; the others are for good.
                             * @enum {string}
                             */
                            status: "queued" | "running" | "done" | "failed" | "cancelled";
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description It had ended, and was removed with its file. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getExportsIdFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what was downloaded; of another file all of it is sent. */
                "if-range"?: string;
                /** @description Bytes to send, to go on with a download: `bytes=1048576-`. One range. */
                range?: string;
            };
            path: {
                /** @description Of an export that /v1/exports lists. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /** @description `bytes`: parts of it can be asked for. */
                    "accept-ranges"?: string;
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the bytes; send it as If-Range to go on with a download, or as If-None-Match. */
                    etag?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the whole file. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every row is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description The part of it that `Range` asks for. */
            206: {
                headers: {
                    /** @description `bytes`: parts of it can be asked for. */
                    "accept-ranges"?: string;
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Which bytes these are, and how many there are in all. */
                    "content-range"?: string;
                    /** @description Of the bytes; send it as If-Range to go on with a download, or as If-None-Match. */
                    etag?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the whole file. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every row is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description It is the file whose ETag was sent. */
            304: {
                headers: {
                    /** @description `bytes`: parts of it can be asked for. */
                    "accept-ranges"?: string;
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the bytes; send it as If-Range to go on with a download, or as If-None-Match. */
                    etag?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the whole file. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every row is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RANGE_NOT_SATISFIABLE: the header `Range` begins behind the end of the file */
            416: {
                headers: {
                    /** @description `bytes`: parts of it can be asked for. */
                    "accept-ranges"?: string;
                    /** @description Which bytes these are, and how many there are in all. */
                    "content-range"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getLag: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row per source. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description What capture does, as it last said itself; null before it did. */
                            capture?: {
                                /** @description Of its last failure; `millrace explain CODE` says more. */
                                code: string | null;
                                detail: string | null;
                                remedy: string | null;
                                /** Format: date-time */
                                seen_at: string | null;
                                /** @description connecting, snapshotting, streaming, retrying, failed or stopped. */
                                state: string;
                            } | null;
                            /** Format: date-time */
                            captured_committed_at?: string | null;
                            /** @description Everything up to here is in the replicas. */
                            captured_lsn: string | null;
                            /** @description Rows written to the replicas so far. */
                            captured_rows: number;
                            /** @description End of the WAL of the source when it was last asked. */
                            head_lsn?: string | null;
                            /** @description The tables that the reports are made of are of one moment. False while the source is copied, or one of them is paused, quarantined or built anew: the reports stay at `published_lsn` then, those of the other sources go on. */
                            is_whole: boolean;
                            /** @description Null until the first time. `capture`: since the replicas were known to have all that the source had. `publish`: how much older the reports are than the replicas. `total`: since the reports had all. */
                            lag_seconds: {
                                capture: Decimal | null;
                                publish: Decimal | null;
                                total: Decimal | null;
                            };
                            /** Format: date-time */
                            published_committed_at?: string | null;
                            /** @description Everything up to here is in the reports; null before the first. */
                            published_lsn: string | null;
                            source: string;
                            /** @description What capture of this source is doing. */
                            state: string;
                            tables: {
                                /** @description Tables by state. */
                                counts: {
                                    [key: string]: number;
                                };
                                not_streaming: {
                                    /** @description Why; `millrace explain CODE` says more. */
                                    code: string | null;
                                    detail?: string | null;
                                    /** @description Rows in `millrace.rejected` since the table was built. */
                                    rejected_rows: number;
                                    remedy: string | null;
                                    schema: string;
                                    /** Format: date-time */
                                    since: string | null;
                                    /** @description Of the rows that are copied, as text. */
                                    snapshot_bytes?: number;
                                    /** @description Share of the copy that is durable, 0 to 1. */
                                    snapshot_done?: Decimal;
                                    snapshot_rows?: number;
                                    /** @description Of the last minute; null unless it is copied. */
                                    snapshot_rows_per_second?: Decimal | null;
                                    /** @description At that rate; null while it is not known. */
                                    snapshot_seconds_left?: Decimal | null;
                                    /** @description waiting, snapshotting, degraded, paused, quarantined, resyncing or excluded. */
                                    state: string;
                                    table: string;
                                }[];
                            };
                            /** @description What `millrace verify` found last, table by table or model by model; null while nothing was verified. */
                            verification?: {
                                /** @description Tables or models. */
                                compared?: number;
                                /** @description Of them, those in which rows differ. */
                                differing?: number;
                                /** @description Rows that differ and were not put right. */
                                differing_rows?: number;
                                /**
                                 * Format: date-time
                                 * @description Every one was verified since then.
                                 */
                                since?: string | null;
                                /** @description Could not be compared. */
                                skipped?: number;
                                undecided?: number;
                            } | null;
                            /** @description With a broker between: the partition that has held the position back for more than ten seconds. */
                            waits_for?: {
                                /** @description Offset that is loaded. */
                                loaded: number;
                                /** @description -1: all of them, for a table that is to take its place. */
                                partition: number;
                                /** Format: date-time */
                                since: string | null;
                                topic: string;
                                /** @description Offset that is waited for. */
                                wanted: number;
                            } | null;
                            /** @description WAL that the source keeps for us, and how long that can go on; null while it is not known. */
                            wal?: {
                                /** @description Rate at which the source writes WAL. */
                                bytes_per_second: Decimal;
                                /** @enum {string} */
                                level: "ok" | "low" | "critical" | "lost";
                                /** @description Null without a limit: then it may fill the disk. */
                                limit_bytes: number | null;
                                retained_bytes: number;
                                /** @description Until the limit at that rate, if nothing more were confirmed. */
                                seconds_left: Decimal | null;
                            } | null;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of?: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description Of the sources. The last result of each, of the last week; null while there is none. */
                            freshness?: {
                                /** @description Could not be carried out. */
                                errors: number;
                                failed: number;
                                not_passed: {
                                    /** Format: date-time */
                                    at?: string | null;
                                    code?: string | null;
                                    detail?: string | null;
                                    failures?: number | null;
                                    /** @description Or source.table. */
                                    model?: string | null;
                                    /** @enum {string} */
                                    status?: "warn" | "fail" | "error";
                                    test?: string;
                                }[];
                                passed: number;
                                /**
                                 * Format: date-time
                                 * @description Every one was looked at since then.
                                 */
                                since: string | null;
                                warned: number;
                            } | null;
                            lag_seconds?: Decimal | null;
                            /** @description Which version of the models the reports are made of; null while there is none. */
                            models?: {
                                /** @description Hash of its files. */
                                folder: string | null;
                                /** @description A restart takes no other folder up until `millrace models run` is said. */
                                is_rolled_back: boolean;
                                /** @description The last version that was to take its place, while it is built or when it was not taken up. */
                                last: {
                                    /** @description Why; `millrace explain CODE` says more. */
                                    code: string | null;
                                    detail: string | null;
                                    folder: string;
                                    /** @description Null unless it is being built. */
                                    progress: {
                                        keysDone?: number;
                                        /** @description An estimate. */
                                        keysTotal?: number;
                                        /** @description Whose keys are computed now. */
                                        model?: string | null;
                                        secondsLeft?: Decimal | null;
                                        tablesDone?: number;
                                        tablesTotal?: number;
                                    } | null;
                                    /** Format: date-time */
                                    since: string | null;
                                    /** @enum {string} */
                                    state: "building" | "testing" | "failed" | "cancelled";
                                    version: number;
                                } | null;
                                /** Format: date-time */
                                since: string | null;
                                /** @description As `millrace models history` numbers them. */
                                version: number | null;
                            } | null;
                            /** @description What `millrace verify` found last, table by table or model by model; null while nothing was verified. */
                            models_verification?: {
                                /** @description Tables or models. */
                                compared?: number;
                                /** @description Of them, those in which rows differ. */
                                differing?: number;
                                /** @description Rows that differ and were not put right. */
                                differing_rows?: number;
                                /**
                                 * Format: date-time
                                 * @description Every one was verified since then.
                                 */
                                since?: string | null;
                                /** @description Could not be compared. */
                                skipped?: number;
                                undecided?: number;
                            } | null;
                            /** Format: date-time */
                            published_at?: string | null;
                            rows?: number;
                            /** @description What is done from time to time, and what became of it last. */
                            schedules?: {
                                /** @description Of its failure; `millrace explain CODE` says more. */
                                code?: string | null;
                                cron?: string | null;
                                detail?: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was done last.
                                 */
                                done_at: string | null;
                                /** @description Intervals that have failed since it was done last. */
                                failures: number;
                                /** Format: date-time */
                                finished_at?: string | null;
                                /** @description It is due for more than a minute, and nobody does it. */
                                is_late: boolean;
                                /** @description False: switched off in the configuration. */
                                is_on: boolean;
                                /**
                                 * Format: date-time
                                 * @description Null for what is switched off.
                                 */
                                next_at: string | null;
                                /** Format: date-time */
                                started_at?: string | null;
                                /** @description Of the last run: running, done, retrying, interrupted or failed. */
                                state: string | null;
                                task: string;
                                time_zone?: string | null;
                            }[];
                            /** @description Of the models. The last result of each, of the last week; null while there is none. */
                            tests?: {
                                /** @description Could not be carried out. */
                                errors: number;
                                failed: number;
                                not_passed: {
                                    /** Format: date-time */
                                    at?: string | null;
                                    code?: string | null;
                                    detail?: string | null;
                                    failures?: number | null;
                                    /** @description Or source.table. */
                                    model?: string | null;
                                    /** @enum {string} */
                                    status?: "warn" | "fail" | "error";
                                    test?: string;
                                }[];
                                passed: number;
                                /**
                                 * Format: date-time
                                 * @description Every one was looked at since then.
                                 */
                                since: string | null;
                                warned: number;
                            } | null;
                            watermark?: number | null;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsCohorts: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /**
                 * @description Cohorts from the month of this day on. Default: all.
                 * @example 2025-01-01
                 */
                from?: string;
                /** @description Months since the first order, at most. */
                max_age?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /**
                 * @description Cohorts up to the month of this day. Default: all.
                 * @example 2025-12-31
                 */
                to?: string;
                /**
                 * @description The last day that counts as observed: months behind it are left out, its own counts with all its orders and is partial unless the day ends it. Default: the last day with an order.
                 * @example 2026-06-30
                 */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * Format: date
                             * @description first day of the month of the first order
                             */
                            acquisition_month: string;
                            age_months: number;
                            /** @description customers whose first order was in the month */
                            cohort_customers: number;
                            /** @description exact decimal, two places, in the reporting currency */
                            cumulative_reporting_margin?: Decimal;
                            /** @description exact decimal, two places, in the reporting currency */
                            cumulative_reporting_net_revenue?: Decimal;
                            /** @description exact decimal, two places, in the reporting currency */
                            cumulative_reporting_net_revenue_per_customer?: Decimal | null;
                            customers?: number;
                            /** @description the month is not over at `until` */
                            is_partial: boolean;
                            /**
                             * Format: date
                             * @description acquisition_month and age_months later
                             */
                            month: string;
                            orders?: number;
                            /** @description exact decimal, two places, in the reporting currency */
                            reporting_margin?: Decimal;
                            /** @description exact decimal, two places, in the reporting currency */
                            reporting_net_revenue?: Decimal;
                            /** @description customers of cohort_customers, four places */
                            retention: Decimal | null;
                            units?: number;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsCustomerForecast: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description Sums of groups instead of a row per customer. */
                by?: "segment" | "acquisition_month" | "acquisition_channel";
                /** @description Only this customer; 404 when there is none. */
                customer_id?: number;
                /** @description Default: desc, or asc when groups are in their own order. */
                direction?: "asc" | "desc";
                /** @description What comes a year later is worth less by this: 0.1 is a tenth. */
                discount_rate?: Decimal;
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description How far from `until` on purchases are expected. */
                horizon_days?: number;
                /** @description Rows at most. Default: 100; for groups 10000. */
                limit?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Of how customers buy and leave; pareto_nbd is a second opinion. */
                model?: "bg_nbd" | "pareto_nbd";
                /** @description Default: expected_lifetime_value for customers; the group itself for groups. */
                order_by?: "expected_lifetime_value" | "expected_purchases" | "probability_alive" | "expected_purchase_value";
                /**
                 * @description The last day that is known of customers: the forecast begins behind it. Default: the last day with an order.
                 * @example 2026-06-30
                 */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description by=acquisition_channel */
                            acquisition_channel?: string;
                            /**
                             * Format: date
                             * @description first day of the month of the first purchase; without by, or by=acquisition_month
                             */
                            acquisition_month?: string | null;
                            /** @description from the first purchase to `until`; without by */
                            age_days?: number | null;
                            /** @description without by */
                            customer_id?: number;
                            /** @description with by: who bought until `until` */
                            customers?: number;
                            /** @description with by: to whom the spending model gives no value; they are in no sum of values */
                            customers_without_value?: number;
                            /** @description with by: sum of probability_alive */
                            expected_active_customers?: Decimal;
                            /** @description discounted, of the horizon, two places, in the reporting currency; null where the spending model gives none; with by the sum */
                            expected_lifetime_value: Decimal | null;
                            /** @description with by: two places, in the reporting currency */
                            expected_lifetime_value_per_customer?: Decimal | null;
                            /** @description of a future purchase, two places, in the reporting currency; null where the spending model gives none; with by the mean */
                            expected_purchase_value: Decimal | null;
                            /** @description within the horizon; with by the sum */
                            expected_purchases: Decimal | null;
                            /** @description net revenue of a repeat purchase so far, exact, two places, in the reporting currency; null without one; without by */
                            mean_purchase_value?: Decimal | null;
                            /** @description chance of still buying; with by the mean */
                            probability_alive: Decimal | null;
                            /** @description days with an order until `until`; without by */
                            purchases?: number;
                            /** @description from the first purchase to the last; without by */
                            recency_days?: number | null;
                            /** @description by=segment: as it is now */
                            segment?: string;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What all amounts are in: the reporting currency, converted at the rate of the day of the order. */
                            currency?: string | null;
                            /** @description How customers buy and leave, as it was fitted by maximum likelihood. */
                            fit?: {
                                /**
                                 * Format: date
                                 * @description The last day that it knows of.
                                 */
                                calibration_end: string;
                                /** @description That it was fitted to; of spending those who bought again. */
                                customers: number;
                                /**
                                 * Format: uuid
                                 * @description The run that fitted all models together.
                                 */
                                fit: string;
                                /** Format: date-time */
                                fitted_at: string;
                                /** @description What there is to say against it. no_customers: nobody bought; no_repeat_purchases: nobody bought again, so nothing tells how often customers buy or when they leave; not_converged: the search ended before the greatest likelihood; not_identified: the likelihood is flat in some direction: other parameters say the same of these customers; parameter_at_bound: a parameter ran away to almost nothing or beyond all measure; few_repeat_customers: fewer than 30 customers bought again; no_holdout: too little was observed to keep some of it for a test; holdout_off: the purchases predicted for the time kept for the test differ by more than a quarter from those that came; spend_depends_on_frequency: how much is spent goes with how often (correlation beyond 0.3), which the model takes for unrelated; no_mean_value: spending varies so much that customers without repeat purchases have no mean value; sampled: fitted to some of the groups of customers who are alike, evenly drawn. */
                                flags: ("no_customers" | "no_repeat_purchases" | "not_converged" | "not_identified" | "parameter_at_bound" | "few_repeat_customers" | "no_holdout" | "holdout_off" | "spend_depends_on_frequency" | "no_mean_value" | "sampled")[];
                                /** @description A test: what a fit to the time before said of these days, against what came; null where too little was observed. */
                                holdout: {
                                    actual_purchases: Decimal;
                                    customers: number;
                                    /** Format: date */
                                    from: string;
                                    /** @description purchases of a customer */
                                    mean_absolute_error: Decimal;
                                    /** @description of all customers together */
                                    predicted_purchases: Decimal;
                                    /** Format: date */
                                    to: string;
                                } | null;
                                log_likelihood: Decimal | null;
                                /** @enum {string} */
                                model: "bg_nbd" | "pareto_nbd" | "gamma_gamma";
                                /** @description bg_nbd: r, alpha, a, b; pareto_nbd: r, alpha, s, beta; gamma_gamma: p, q, v. */
                                parameters: {
                                    [key: string]: Decimal;
                                };
                                /** @description Of the logarithms of the parameters; none where they are not told apart. */
                                standard_errors: {
                                    [key: string]: Decimal;
                                };
                                /** @enum {string} */
                                state: "usable" | "doubtful" | "unusable";
                                /**
                                 * @description Of time, in the parameters of buying.
                                 * @enum {string}
                                 */
                                unit: "week";
                                /** @description The state that it was fitted to. */
                                watermark: number;
                            };
                            /** @description What one row is: customer, segment, acquisition_month or acquisition_channel. */
                            grain?: string;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            report: string;
                            rows: number;
                            /** @description What a purchase is worth, likewise; null where nothing was fitted. */
                            spending_fit?: {
                                /**
                                 * Format: date
                                 * @description The last day that it knows of.
                                 */
                                calibration_end: string;
                                /** @description Of how much customers spend with how often: the model takes it for none. */
                                correlation: Decimal | null;
                                /** @description That it was fitted to; of spending those who bought again. */
                                customers: number;
                                /**
                                 * Format: uuid
                                 * @description The run that fitted all models together.
                                 */
                                fit: string;
                                /** Format: date-time */
                                fitted_at: string;
                                /** @description What there is to say against it. no_customers: nobody bought; no_repeat_purchases: nobody bought again, so nothing tells how often customers buy or when they leave; not_converged: the search ended before the greatest likelihood; not_identified: the likelihood is flat in some direction: other parameters say the same of these customers; parameter_at_bound: a parameter ran away to almost nothing or beyond all measure; few_repeat_customers: fewer than 30 customers bought again; no_holdout: too little was observed to keep some of it for a test; holdout_off: the purchases predicted for the time kept for the test differ by more than a quarter from those that came; spend_depends_on_frequency: how much is spent goes with how often (correlation beyond 0.3), which the model takes for unrelated; no_mean_value: spending varies so much that customers without repeat purchases have no mean value; sampled: fitted to some of the groups of customers who are alike, evenly drawn. */
                                flags: ("no_customers" | "no_repeat_purchases" | "not_converged" | "not_identified" | "parameter_at_bound" | "few_repeat_customers" | "no_holdout" | "holdout_off" | "spend_depends_on_frequency" | "no_mean_value" | "sampled")[];
                                log_likelihood: Decimal | null;
                                /** @enum {string} */
                                model: "bg_nbd" | "pareto_nbd" | "gamma_gamma";
                                /** @description bg_nbd: r, alpha, a, b; pareto_nbd: r, alpha, s, beta; gamma_gamma: p, q, v. */
                                parameters: {
                                    [key: string]: Decimal;
                                };
                                /** @description Of the logarithms of the parameters; none where they are not told apart. */
                                standard_errors: {
                                    [key: string]: Decimal;
                                };
                                /** @enum {string} */
                                state: "usable" | "doubtful" | "unusable";
                                /**
                                 * @description Of time, in the parameters of buying.
                                 * @enum {string}
                                 */
                                unit: "week";
                                /** @description The state that it was fitted to. */
                                watermark: number;
                            } | null;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsCustomerLtv: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description One row per group instead of one per customer. */
                by?: "segment" | "acquisition_month" | "acquisition_channel";
                /** @description Only this customer; 404 when there is none. */
                customer_id?: number;
                /** @description Default: desc, or asc when groups are in their own order. */
                direction?: "asc" | "desc";
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description Rows at most. Default: 100; for groups 10000. */
                limit?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Default: net_revenue for customers; the group itself for groups. */
                order_by?: "gross_revenue" | "discounts" | "refunds" | "net_revenue" | "tax" | "cost" | "margin" | "orders" | "units" | "customers" | "average_order_value";
                /** @description Another name of `limit`. */
                top?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description by=acquisition_channel */
                            acquisition_channel?: string;
                            /**
                             * Format: date
                             * @description without by, or by=acquisition_month
                             */
                            acquisition_month?: string | null;
                            /** @description Net revenue divided by orders, rounded half away from zero to two places; null without orders */
                            average_order_value: Decimal | null;
                            /** @description Cost of the goods; exact decimal, two places */
                            cost: Decimal;
                            /** @description without by */
                            customer_id?: number;
                            /** @description Distinct customers; does not add up over anything */
                            customers: number;
                            /** @description Discounts given; exact decimal, two places */
                            discounts: Decimal;
                            /** Format: date-time */
                            first_order_at: string | null;
                            /** @description Price times quantity before discounts; exact decimal, two places */
                            gross_revenue: Decimal;
                            /** Format: date-time */
                            last_order_at: string | null;
                            /** @description Net revenue less cost; exact decimal, two places */
                            margin: Decimal;
                            /** @description with by: exact decimal, two places, half away from zero */
                            margin_per_customer?: Decimal | null;
                            /** @description Gross revenue less discounts and refunds; exact decimal, two places */
                            net_revenue: Decimal;
                            /** @description with by: exact decimal, two places, half away from zero */
                            net_revenue_per_customer?: Decimal | null;
                            /** @description Distinct orders; does not add up over products and categories */
                            orders: number;
                            /** @description Refunds, on the day of the order; exact decimal, two places */
                            refunds: Decimal;
                            /** @description by=segment: as it is now */
                            segment?: string;
                            /** @description Tax; exact decimal, two places */
                            tax: Decimal;
                            /** @description without by */
                            tenure_days?: number | null;
                            /** @description Items sold in a currency that had no rate on the day: they are in no amount */
                            unconverted_lines: number;
                            /** @description Units sold */
                            units: number;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What all amounts are in: the reporting currency, converted at the rate of the day of the order. */
                            currency?: string | null;
                            /** @description What one row is: customer, segment, acquisition_month or acquisition_channel. */
                            grain?: string;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsInventory: {
        parameters: {
            query?: {
                /** @description Only items of these classes. Default: all. */
                abc?: ("A" | "B" | "C")[];
                /** @description Class A has the items of highest demand until they make up this share of its value. */
                abc_a?: Decimal;
                /** @description Class B has those behind them until both make up this share. */
                abc_b?: Decimal;
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description A row per product over all warehouses, or sums of the items of a warehouse or category. Default: a row per product and warehouse. */
                by?: "product" | "warehouse" | "category";
                /** @description Only these categories, as products are now. Several are alternatives. */
                category?: string[];
                /** @description Days without a sale that make stock dead. */
                dead_after_days?: number;
                /** @description Order of the rows. */
                direction?: "asc" | "desc";
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description What holding stock for a year costs, as a share of its value. */
                holding_rate?: Decimal;
                /** @description Days between an order and its arrival. */
                lead_time_days?: number;
                /** @description Standard deviation of the lead time; with method=normal only. */
                lead_time_deviation_days?: Decimal;
                /** @description Rows at most. */
                limit?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /** @description How the demand of the lead time is estimated: as a normal distribution, or as it was in each run of so many days with stock. */
                method?: "normal" | "empirical";
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Ties by product and warehouse, or by name of the group; those without a value last. Groups have: on_hand, reserved, available, inventory_value, demand_units, demand_value, days_of_cover, turnover. */
                order_by?: "on_hand" | "reserved" | "available" | "inventory_value" | "demand_units" | "demand_value" | "days_of_cover" | "turnover" | "demand_per_day" | "safety_stock" | "reorder_point" | "stock_out_risk" | "days_without_stock" | "days_since_sale";
                /** @description What placing one order costs, in the currency of costs. Without it there is no economic order quantity. */
                order_cost?: Decimal;
                /** @description Only these products. Several are alternatives. */
                product_id?: number[];
                /** @description Probability that there is no stock-out between an order and its arrival. */
                service_level?: Decimal;
                /** @description Only items in these states. Default: all. */
                status?: ("ok" | "reorder" | "out_of_stock" | "dead" | "idle")[];
                /** @description Only what is in these warehouses. Several are alternatives. */
                warehouse_id?: number[];
                /** @description Days whose demand is looked at. */
                window_days?: number;
                /**
                 * @description Last day of the window (UTC). Default: the last day with any movement of stock. Stock itself is always as it is at `as_of`.
                 * @example 2026-06-30
                 */
                window_end?: string;
                /** @description Only items of these classes. Default: all, and those without a class. */
                xyz?: ("X" | "Y" | "Z")[];
                /** @description Largest coefficient of variation of class X. */
                xyz_x?: Decimal;
                /** @description Largest coefficient of variation of class Y. */
                xyz_y?: Decimal;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /**
                             * @description of an item: by value of demand, cut at abc_a and abc_b
                             * @enum {unknown}
                             */
                            abc?: "A" | "B" | "C";
                            /** @description on_hand less reserved */
                            available: number;
                            /** @description of an item, or by=category: as the product is now */
                            category?: string;
                            /** @description Days that what is available lasts at the mean demand; of a group: in value at cost; up to four places */
                            days_of_cover: Decimal | null;
                            /** @description of an item: from the last shipment to the end of the window; null if there was none */
                            days_since_sale?: number | null;
                            /** @description of an item: days of the window that demand was observed on */
                            days_with_stock?: number;
                            /** @description of an item: the other days of the window */
                            days_without_stock?: number;
                            /** @description of a group: inventory_value of items whose status is dead; exact decimal, two places */
                            dead_value?: Decimal;
                            /** @description of an item: standard deviation (of a sample) of the days with stock, units; up to four places */
                            demand_deviation?: Decimal | null;
                            /** @description of an item: mean of the days with stock, units; up to four places */
                            demand_per_day?: Decimal | null;
                            /** @description Units shipped in the window; days on which more came back than left count as none */
                            demand_units: number;
                            /** @description demand_units at unit_cost; exact decimal, two places */
                            demand_value: Decimal;
                            /** @description of an item: demand_deviation divided by demand_per_day; up to four places */
                            demand_variation?: Decimal | null;
                            /** @description of an item: sqrt(2 D S / (h c)), units; null without order_cost; up to four places */
                            economic_order_quantity?: Decimal | null;
                            /** @description on_hand at unit_cost; exact decimal, two places */
                            inventory_value: Decimal;
                            /** @description of a group: its items */
                            items?: number;
                            /** @description of a group: items whose status is dead */
                            items_dead?: number;
                            /** @description of a group: items whose status is idle */
                            items_idle?: number;
                            /** @description of a group: items whose status is ok */
                            items_ok?: number;
                            /** @description of a group: items whose status is out_of_stock */
                            items_out_of_stock?: number;
                            /** @description of a group: items whose status is reorder */
                            items_reorder?: number;
                            /** @description of an item: units on hand at the end of a day, mean of all days of the window; up to four places */
                            mean_stock?: Decimal | null;
                            /** @description Units in stock */
                            on_hand: number;
                            /** @description of an item: the name of the product */
                            product?: string;
                            /** @description of an item */
                            product_id?: number;
                            /** @description of a group: its products */
                            products?: number;
                            /** @description of an item: stock at which to order, for service_level and lead_time_days, units; up to four places */
                            reorder_point?: Decimal | null;
                            /** @description Units that orders have set aside */
                            reserved: number;
                            /** @description of an item: reorder_point less the expected demand of the lead time, units; up to four places */
                            safety_stock?: Decimal | null;
                            /** @description of an item */
                            sku?: string;
                            /**
                             * @description of an item: dead, in stock and not sold for dead_after_days; idle, the same without stock; out_of_stock, nothing available; reorder, not more available than the reorder point; ok. What was never sold counts from its first movement.
                             * @enum {unknown}
                             */
                            status?: "ok" | "reorder" | "out_of_stock" | "dead" | "idle";
                            /** @description of an item: probability that demand of the lead time is more than what is available; up to four places */
                            stock_out_risk?: Decimal | null;
                            /** @description How often a year (365 days) the mean stock was shipped; of a group: in value at cost; up to four places */
                            turnover: Decimal | null;
                            /** @description of an item: what the product costs now, in the currency of costs; 0 while the product is not known; exact decimal, two places */
                            unit_cost?: Decimal;
                            /** @description without by, or by=warehouse: its code */
                            warehouse?: string;
                            /** @description without by, or by=warehouse */
                            warehouse_id?: number;
                            /**
                             * @description of an item: by demand_variation, cut at xyz_x and xyz_y; null without one
                             * @enum {unknown}
                             */
                            xyz?: "X" | "Y" | "Z" | null;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What one row is: product and warehouse, product, warehouse or category. */
                            grain?: string;
                            /** @description There are more rows than the limit. */
                            is_truncated?: boolean;
                            /** @description Items that the rows are, or are made of, before the limit. */
                            items?: number;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                            /** @description The days whose demand is looked at; null when nothing ever moved. */
                            window?: {
                                bounds: string;
                                /** Format: date */
                                from: string;
                                /** Format: date */
                                to: string;
                            } | null;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsNotifications: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description A row for each combination of these that occurs; comma-separated or repeated. Default: none. */
                by?: ("channel" | "template" | "status" | "error")[];
                /** @description Only these channels. Several are alternatives. */
                channel?: string[];
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /**
                 * @description First day of the range, of creation (UTC). Default: from the beginning.
                 * @example 2026-01-01
                 */
                from?: string;
                /** @description A row for each period of this length. Weeks begin on Monday. Default: the range as a whole. */
                grain?: "day" | "week" | "month" | "quarter" | "year";
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /** @description Only these measures; comma-separated or repeated. Default: all. */
                measures?: ("notifications" | "sent" | "delivered" | "failed" | "pending" | "attempts" | "bounces" | "delivery_rate" | "failure_rate" | "bounce_rate" | "attempts_per_notification" | "average_delivery_ms" | "p50_delivery_ms" | "p90_delivery_ms" | "p99_delivery_ms")[];
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Only notifications whose last attempt is in these states. Default: all. */
                status?: ("not sent" | "queued" | "sent" | "delivered" | "bounced")[];
                /** @description Only these templates; 0 is none. Several are alternatives. */
                template_id?: number[];
                /**
                 * @description Last day of the range (UTC); it is part of it. Default: to the end.
                 * @example 2026-06-30
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Attempts at delivery */
                            attempts?: number;
                            /** @description attempts divided by sent; 4 places, null where there is nothing to divide by */
                            attempts_per_notification?: Decimal | null;
                            /** @description Milliseconds from creation to delivery, mean of those delivered; rounded, null where there is nothing to divide by */
                            average_delivery_ms?: Decimal | null;
                            /** @description bounces divided by attempts; 4 places, null where there is nothing to divide by */
                            bounce_rate?: Decimal | null;
                            /** @description Attempts that bounced */
                            bounces?: number;
                            /** @description by=channel: email or sms */
                            channel?: string;
                            /** @description Notifications that were delivered */
                            delivered?: number;
                            /** @description delivered divided by sent; 4 places, null where there is nothing to divide by */
                            delivery_rate?: Decimal | null;
                            /** @description by=error: error of the last attempt, empty without one */
                            error?: string;
                            /** @description Notifications never delivered whose last attempt bounced */
                            failed?: number;
                            /** @description failed divided by sent; 4 places, null where there is nothing to divide by */
                            failure_rate?: Decimal | null;
                            /** @description Notifications */
                            notifications?: number;
                            /** @description From creation to delivery: 50 % are not longer, interpolated, milliseconds */
                            p50_delivery_ms?: number | null;
                            /** @description From creation to delivery: 90 % are not longer, interpolated, milliseconds */
                            p90_delivery_ms?: number | null;
                            /** @description From creation to delivery: 99 % are not longer, interpolated, milliseconds */
                            p99_delivery_ms?: number | null;
                            /** @description The others: not sent, queued, or sent without an answer yet */
                            pending?: number;
                            /**
                             * Format: date
                             * @description with grain: first day of the period
                             */
                            period?: string;
                            /** @description Notifications with at least one attempt at delivery */
                            sent?: number;
                            /** @description by=status: state of the last attempt; not sent without any */
                            status?: string;
                            /** @description by=template: its name as it is now */
                            template?: string;
                            /** @description by=template: 0 for none */
                            template_id?: number;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /**
                             * @description Length of a period; null: the range as a whole.
                             * @enum {unknown}
                             */
                            grain?: "day" | "week" | "month" | "quarter" | "year" | null;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** @description First days of the periods that `from` or `to` cuts: they count the days asked for only. */
                            partial_periods?: string[];
                            /** Format: date-time */
                            published_at: string;
                            range?: {
                                bounds: string;
                                /**
                                 * Format: date
                                 * @description null: from the beginning
                                 */
                                from: string | null;
                                time_zone: string;
                                /**
                                 * Format: date
                                 * @description null: to the end
                                 */
                                to: string | null;
                            };
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsPayments: {
        parameters: {
            query?: {
                /** @description In the reporting currency at the rate of the payment's day, or as paid; the latter by currency or for one currency only. */
                amounts?: "reporting" | "original";
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description A row for each combination of these that occurs; comma-separated or repeated. Default: none. */
                by?: ("provider" | "method" | "currency" | "status")[];
                /** @description Only payments in these currencies. Several are alternatives. */
                currency?: string[];
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /**
                 * @description First day of the range, of creation of the payments (UTC). Default: from the beginning.
                 * @example 2026-01-01
                 */
                from?: string;
                /** @description A row for each period of this length. Weeks begin on Monday. Default: the range as a whole. */
                grain?: "day" | "week" | "month" | "quarter" | "year";
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /** @description Only these measures; comma-separated or repeated. Default: all. */
                measures?: ("payments" | "pending" | "captured" | "failed" | "voided" | "success_rate" | "amount" | "captured_amount" | "refunded_amount" | "pending_refund_amount" | "net_amount" | "average_captured_amount" | "refunds" | "refunded_payments" | "refund_rate" | "unconverted_payments" | "average_capture_ms" | "p50_capture_ms" | "p90_capture_ms" | "p99_capture_ms")[];
                /** @description Only these methods. Several are alternatives. */
                method?: string[];
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Only these providers. Several are alternatives. */
                provider?: string[];
                /** @description Only payments that are in these states now. Default: all. */
                status?: ("pending" | "captured" | "failed" | "voided")[];
                /**
                 * @description Last day of the range (UTC); it is part of it. Default: to the end.
                 * @example 2026-06-30
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Amount of all payments, whatever became of them; exact decimal, two places */
                            amount?: Decimal;
                            /** @description Milliseconds from creation to capture, mean of the captured payments; rounded, null where there is nothing to divide by */
                            average_capture_ms?: Decimal | null;
                            /** @description captured_amount divided by its payments; 2 places, null where there is nothing to divide by */
                            average_captured_amount?: Decimal | null;
                            /** @description Payments that are captured now */
                            captured?: number;
                            /** @description Amount of those captured; exact decimal, two places */
                            captured_amount?: Decimal;
                            /** @description by=currency: of the payment (ISO 4217) */
                            currency?: string;
                            /** @description Payments that are failed now */
                            failed?: number;
                            /** @description by=method: card, transfer, wallet or invoice */
                            method?: string;
                            /** @description captured_amount less refunded_amount; exact decimal, two places */
                            net_amount?: Decimal;
                            /** @description From creation to capture of the captured payments: 50 % are not longer, interpolated, milliseconds */
                            p50_capture_ms?: number | null;
                            /** @description From creation to capture of the captured payments: 90 % are not longer, interpolated, milliseconds */
                            p90_capture_ms?: number | null;
                            /** @description From creation to capture of the captured payments: 99 % are not longer, interpolated, milliseconds */
                            p99_capture_ms?: number | null;
                            /** @description Payments attempted */
                            payments?: number;
                            /** @description Payments that are pending now */
                            pending?: number;
                            /** @description Refunds of the payments that are not settled yet; exact decimal, two places */
                            pending_refund_amount?: Decimal;
                            /**
                             * Format: date
                             * @description with grain: first day of the period
                             */
                            period?: string;
                            /** @description by=provider: who handled the payment */
                            provider?: string;
                            /** @description refunded_amount divided by captured_amount; 4 places, null where there is nothing to divide by */
                            refund_rate?: Decimal | null;
                            /** @description Completed refunds of the payments, whenever they were; exact decimal, two places */
                            refunded_amount?: Decimal;
                            /** @description Payments with a completed refund */
                            refunded_payments?: number;
                            /** @description Completed refunds of the payments */
                            refunds?: number;
                            /** @description by=status: of the payment as it is now */
                            status?: string;
                            /** @description captured divided by captured and failed; pending and voided payments do not count; 4 places, null where there is nothing to divide by */
                            success_rate?: Decimal | null;
                            /** @description Payments in a currency without a rate on their day: in the counts, not in the amounts */
                            unconverted_payments?: number;
                            /** @description Payments that are voided now */
                            voided?: number;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What amounts are in (ISO 4217); null where each row is in the currency that it names. */
                            currency?: string | null;
                            /**
                             * @description Length of a period; null: the range as a whole.
                             * @enum {unknown}
                             */
                            grain?: "day" | "week" | "month" | "quarter" | "year" | null;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** @description First days of the periods that `from` or `to` cuts: they count the days asked for only. */
                            partial_periods?: string[];
                            /** Format: date-time */
                            published_at: string;
                            range?: {
                                bounds: string;
                                /**
                                 * Format: date
                                 * @description null: from the beginning
                                 */
                                from: string | null;
                                time_zone: string;
                                /**
                                 * Format: date
                                 * @description null: to the end
                                 */
                                to: string | null;
                            };
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsRfm: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description A row per combination of the three scores, or per segment, instead of one per customer. */
                by?: "cell" | "segment";
                /** @description Only this customer, scored among all; 404 when there is none. */
                customer_id?: number;
                /** @description Of customers. Default: desc; asc for recency_days. */
                direction?: "asc" | "desc";
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description Customers at most. */
                limit?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Of customers. Default: net_revenue. */
                order_by?: "net_revenue" | "orders" | "recency_days";
                /** @description Only customers of this segment. */
                segment?: "champions" | "loyal" | "potential_loyalists" | "new" | "promising" | "needs_attention" | "about_to_sleep" | "cannot_lose" | "at_risk" | "hibernating" | "lost";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description without by */
                            customer_id?: number;
                            /** @description with by */
                            customers?: number;
                            /** @description likewise */
                            frequency_score?: number | null;
                            /** @description with by: one place */
                            mean_recency_days?: Decimal;
                            /** @description likewise */
                            monetary_score?: number | null;
                            /** @description exact decimal, two places, in the reporting currency */
                            net_revenue: Decimal;
                            /** @description with by: exact decimal, two places, in the reporting currency, half away from zero */
                            net_revenue_per_customer?: Decimal;
                            /** @description distinct orders */
                            orders: number;
                            /** @description from the last order to the last day with an order of anybody; without by; null for whoever has not bought */
                            recency_days?: number | null;
                            /** @description without by, or by=cell; null for whoever has not bought */
                            recency_score?: number | null;
                            /** @enum {string|null} */
                            segment?: "champions" | "loyal" | "potential_loyalists" | "new" | "promising" | "needs_attention" | "about_to_sleep" | "cannot_lose" | "at_risk" | "hibernating" | "lost" | null;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What all amounts are in: the reporting currency, converted at the rate of the day of the order. */
                            currency?: string | null;
                            /** @description What one row is: customer, cell or segment. */
                            grain?: string;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            report: string;
                            rows: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsSagas: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description A row for each combination of these that occurs; comma-separated or repeated. Default: none. */
                by?: ("saga_type" | "outcome" | "service" | "step")[];
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /**
                 * @description First day of the range, of the beginning of sagas (UTC). Default: from the beginning.
                 * @example 2026-01-01
                 */
                from?: string;
                /** @description A row for each period of this length. Weeks begin on Monday. Default: the range as a whole. */
                grain?: "day" | "week" | "month" | "quarter" | "year";
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /** @description Only these measures; comma-separated or repeated. Default: all. */
                measures?: ("sagas" | "share" | "finished" | "running" | "compensating" | "completed" | "compensated" | "failed" | "unknown" | "completion_rate" | "steps" | "failed_steps" | "compensations" | "sagas_with_compensations" | "average_duration_ms" | "p50_duration_ms" | "p90_duration_ms" | "p99_duration_ms" | "slowest_step" | "failure_rate" | "total_step_ms" | "share_of_time" | "average_step_ms" | "p50_step_ms" | "p90_step_ms" | "p99_step_ms")[];
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description Only sagas with these outcomes. Default: all. */
                outcome?: ("running" | "compensating" | "completed" | "compensated" | "failed" | "unknown")[];
                /** @description Only these types. Several are alternatives. */
                saga_type?: string[];
                /** @description Only sagas with a step of these services, and only those steps. Several are alternatives. */
                service?: string[];
                /**
                 * @description Last day of the range (UTC); it is part of it. Default: to the end.
                 * @example 2026-06-30
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Milliseconds from start to end, mean of those that have ended; rounded, null where there is nothing to divide by */
                            average_duration_ms?: Decimal | null;
                            /** @description by service or step: mean milliseconds of a step; rounded, null where there is nothing to divide by */
                            average_step_ms?: Decimal | null;
                            /** @description Sagas whose outcome is compensated */
                            compensated?: number;
                            /** @description Sagas whose outcome is compensating */
                            compensating?: number;
                            /** @description Steps that took another back */
                            compensations?: number;
                            /** @description Sagas whose outcome is completed */
                            completed?: number;
                            /** @description completed divided by finished; 4 places, null where there is nothing to divide by */
                            completion_rate?: Decimal | null;
                            /** @description Sagas whose outcome is failed */
                            failed?: number;
                            /** @description Steps that failed */
                            failed_steps?: number;
                            /** @description by service or step: failed_steps divided by steps; 4 places, null where there is nothing to divide by */
                            failure_rate?: Decimal | null;
                            /** @description Sagas that have ended */
                            finished?: number;
                            /** @description by=outcome: of the saga: running, compensating, completed, compensated, failed, unknown */
                            outcome?: string;
                            /** @description From start to end of those that have ended: 50 % are not longer, interpolated, milliseconds */
                            p50_duration_ms?: number | null;
                            /** @description by service or step: time of a step: 50 % are not longer, interpolated, milliseconds */
                            p50_step_ms?: number | null;
                            /** @description From start to end of those that have ended: 90 % are not longer, interpolated, milliseconds */
                            p90_duration_ms?: number | null;
                            /** @description by service or step: time of a step: 90 % are not longer, interpolated, milliseconds */
                            p90_step_ms?: number | null;
                            /** @description From start to end of those that have ended: 99 % are not longer, interpolated, milliseconds */
                            p99_duration_ms?: number | null;
                            /** @description by service or step: time of a step: 99 % are not longer, interpolated, milliseconds */
                            p99_step_ms?: number | null;
                            /**
                             * Format: date
                             * @description with grain: first day of the period
                             */
                            period?: string;
                            /** @description Sagas whose outcome is running */
                            running?: number;
                            /** @description by=saga_type: what the saga does */
                            saga_type?: string;
                            /** @description Sagas; by service or step: those with such a step */
                            sagas?: number;
                            /** @description Sagas with at least one compensation */
                            sagas_with_compensations?: number;
                            /** @description by=service: that took the step */
                            service?: string;
                            /** @description Share of the sagas, of all rows of the period; 4 places, null where that is 0 */
                            share?: Decimal | null;
                            /** @description by service or step: share of the time of steps, of all rows of the period; 4 places, null where that is 0 */
                            share_of_time?: Decimal | null;
                            /** @description The step of a service that took the most time in all these sagas, each since the step before it; of equal ones the first by name. Null without steps. */
                            slowest_step?: {
                                /** @description 90 % were not longer, interpolated, milliseconds. */
                                p90_step_ms: number;
                                service: string;
                                step: string;
                                /** @description How often it was taken. */
                                steps: number;
                                /** @description In all, milliseconds. */
                                total_step_ms: number;
                            } | null;
                            /** @description by=step: type of the event that records it */
                            step?: string;
                            /** @description Steps recorded */
                            steps?: number;
                            /** @description by service or step: time of the steps, each since the step before it in its saga, milliseconds */
                            total_step_ms?: number;
                            /** @description Sagas whose outcome is unknown */
                            unknown?: number;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /**
                             * @description Length of a period; null: the range as a whole.
                             * @enum {unknown}
                             */
                            grain?: "day" | "week" | "month" | "quarter" | "year" | null;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** @description First days of the periods that `from` or `to` cuts: they count the days asked for only. */
                            partial_periods?: string[];
                            /** Format: date-time */
                            published_at: string;
                            range?: {
                                bounds: string;
                                /**
                                 * Format: date
                                 * @description null: from the beginning
                                 */
                                from: string | null;
                                time_zone: string;
                                /**
                                 * Format: date
                                 * @description null: to the end
                                 */
                                to: string | null;
                            };
                            report: string;
                            rows: number;
                            /**
                             * @description What rows count.
                             * @enum {unknown}
                             */
                            rows_are?: "sagas" | "steps";
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getReportsSalesTrends: {
        parameters: {
            query?: {
                /** @description Marks periods that are far from what those around them and the season let expect (`anomaly` of rows). */
                anomalies?: boolean;
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description Splits each period by up to 3 dimensions, comma-separated; without it a period is one row. */
                by?: ("product" | "category" | "category_level_1" | "category_level_2" | "category_level_3" | "segment" | "region" | "country" | "channel" | "currency" | "payment_method" | "new_or_returning")[];
                /** @description What month, quarter and year mean. In `4-4-5` months have four, four and five weeks; the year begins with the week that has the fourth day of its first month, and a 53rd week belongs to the last period. */
                calendar?: "gregorian" | "4-4-5";
                /** @description Only these categories, as products are now. Several are alternatives. */
                category?: string[];
                /** @description Only these roots of the category tree. Several are alternatives. */
                category_level_1?: string[];
                /** @description Only these categories of the second level. Several are alternatives. */
                category_level_2?: string[];
                /** @description Only these categories of the third level. Several are alternatives. */
                category_level_3?: string[];
                /** @description Only these channels. Several are alternatives. */
                channel?: string[];
                /** @description What `previous` is of, with `change` and `change_ratio` beside it: `previous_period`; `previous_year`, the same period of the calendar (nothing for February 29 and for a 53rd week that the year before had not); `previous_year_weekday`, the days 364 days before; or the periods of another range, one by one, as far as that range has them. Otherwise a period that is not whole is compared with the same days only, and an end that nothing cuts with the end of the other. Default: the whole period before, without differences. */
                compare?: string | ("previous_period" | "previous_year" | "previous_year_weekday") | unknown;
                /** @description Only these countries. Several are alternatives. */
                country?: string[];
                /**
                 * @description Only sales in this currency, with their amounts in it. Default: all, with amounts in the reporting currency at the rate of the day of the order; what has no rate is left out of amounts and counted in `meta.unconverted_lines`.
                 * @example EUR
                 */
                currency?: string;
                /** @description Month in which years begin, for quarters, years and `year_to_date`. */
                fiscal_year_start?: number;
                /** @description Expects so many periods after the last one of the range that is over (`forecast` of rows, `meta.forecast`), of at most 50 series. */
                forecast?: number;
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /**
                 * @description First day of the range. Default: the first day with an order.
                 * @example 1997-01-01
                 */
                from?: string;
                /** @description Length of a period. */
                grain?: "hour" | "day" | "week" | "month" | "quarter" | "year";
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /** @description Only these measures. `customers`, and `orders` unless by product, cost the most. `return_rate`, `contribution`, `year_to_date` and `moving_average` are there when they are asked for. */
                measures?: ("gross_revenue" | "discounts" | "refunds" | "net_revenue" | "tax" | "cost" | "margin" | "orders" | "units" | "customers" | "average_order_value" | "return_rate" | "contribution" | "year_to_date" | "moving_average")[];
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
                /** @description How many periods `moving_average` is of, before the range too. */
                moving_periods?: number;
                /** @description Only sales on the day of the customer's first order, or after it. Several are alternatives. */
                new_or_returning?: ("new" | "returning" | "(unknown)")[];
                /** @description What `contribution`, `year_to_date`, `moving_average`, `forecast` and `anomalies` are of. */
                of?: "gross_revenue" | "discounts" | "refunds" | "net_revenue" | "tax" | "cost" | "margin" | "units" | "orders";
                /** @description Only orders whose largest captured payment was by these. Several are alternatives. */
                payment_method?: string[];
                /** @description Only these products. Several are alternatives. */
                product_id?: number[];
                /** @description Only these regions. Several are alternatives. */
                region?: string[];
                /** @description Only customers of these segments, as they are now. Several are alternatives. */
                segment?: string[];
                /** @description With rows that leave out the last dimensions of `by` one after the other (`subtotal_over`), and `meta.totals` of the whole range. Distinct orders and customers are counted in them, not added. */
                subtotals?: boolean;
                /**
                 * @description Time zone of the business day.
                 * @example Europe/Berlin
                 */
                time_zone?: string;
                /**
                 * @description Last day of the range; it is part of it. Default: the last day with an order.
                 * @example 1997-12-31
                 */
                to?: string;
                /** @description Only so many values of `top_of` with the highest `top_by` in the range; all others are one, `(other)`. */
                top?: number;
                /** @description By what they are the highest. */
                top_by?: "gross_revenue" | "discounts" | "refunds" | "net_revenue" | "tax" | "cost" | "margin" | "units" | "orders" | "customers";
                /** @description One of the dimensions of `by`. Default: the first. */
                top_of?: "product" | "category" | "category_level_1" | "category_level_2" | "category_level_3" | "segment" | "region" | "country" | "channel" | "currency" | "payment_method" | "new_or_returning";
                /** @description First day of a week. */
                week_start?: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description With `anomalies`: null for a period that does not stand out, that is cut or was not over. */
                            anomaly?: {
                                /** @description What its surroundings and the season let expect: the measure `of`, in its unit */
                                expected: Decimal | null;
                                /** @description Modified z-score; above zero: more than expected */
                                score: Decimal | null;
                            } | null;
                            /** @description Net revenue divided by orders, rounded half away from zero to two places; null without orders */
                            average_order_value?: Decimal | null;
                            /** @description by=category: as the product is now */
                            category?: string | null;
                            /** @description by=category_level_1: root of the category tree, as the product is now */
                            category_level_1?: string | null;
                            /** @description by=category_level_2: the deepest there is where the tree ends before */
                            category_level_2?: string | null;
                            /** @description by=category_level_3: the deepest there is where the tree ends before */
                            category_level_3?: string | null;
                            /** @description With `compare`. */
                            change?: {
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                average_order_value?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                contribution?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                cost?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                customers?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                discounts?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                gross_revenue?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                margin?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                moving_average?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                net_revenue?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                orders?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                refunds?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                return_rate?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                tax?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                units?: Decimal | null;
                                /** @description The measure less its `previous`, in its unit; null where one of them is */
                                year_to_date?: Decimal | null;
                            };
                            /** @description With `compare`. */
                            change_ratio?: {
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                average_order_value?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                contribution?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                cost?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                customers?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                discounts?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                gross_revenue?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                margin?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                moving_average?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                net_revenue?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                orders?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                refunds?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                return_rate?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                tax?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                units?: Decimal | null;
                                /** @description The change divided by the absolute value of `previous`, four places; null where that is 0 or null */
                                year_to_date?: Decimal | null;
                            };
                            /** @description by=channel: of the order */
                            channel?: string | null;
                            /** @description Share of the measure `of` in all that was sold in the period within the filters, four places; null if that is 0 */
                            contribution?: Decimal | null;
                            /** @description Cost of the goods; exact decimal, two places */
                            cost?: Decimal | null;
                            /** @description by=country: of the order (ISO 3166) */
                            country?: string | null;
                            /** @description by=currency: that the order was sold in (ISO 4217) */
                            currency?: string | null;
                            /** @description Distinct customers; does not add up over anything */
                            customers?: number | null;
                            /** @description Discounts given; exact decimal, two places */
                            discounts?: Decimal | null;
                            /** @description With `forecast`: null for periods that were over, and for series that are too short. */
                            forecast?: {
                                /** @description Below it with 2.5 % probability */
                                lower: Decimal | null;
                                /** @description Above it with 2.5 % probability */
                                upper: Decimal | null;
                                /** @description What is expected of the whole period: the measure `of`, in its unit */
                                value: Decimal | null;
                            } | null;
                            /** @description Price times quantity before discounts; exact decimal, two places */
                            gross_revenue?: Decimal | null;
                            /** @description Net revenue less cost; exact decimal, two places */
                            margin?: Decimal | null;
                            /** @description The measure `of` of the last `moving_periods` periods, this one as far as the row counts it, divided by their number; two places */
                            moving_average?: Decimal | null;
                            /** @description Gross revenue less discounts and refunds; exact decimal, two places */
                            net_revenue?: Decimal | null;
                            /** @description by=new_or_returning: `new` on the business day of the customer's first order, `returning` after it */
                            new_or_returning?: string | null;
                            /** @description Distinct orders; does not add up over products and categories */
                            orders?: number | null;
                            /** @description by=payment_method: of the order's largest captured payment */
                            payment_method?: string | null;
                            /** @description First day of the period; the instant at which an hour begins, as the clock of the time zone shows it. */
                            period: string | unknown | unknown;
                            /** @description The same measures of what the period is compared with; null where there is no such thing. */
                            previous: {
                                /** @description Net revenue divided by orders, rounded half away from zero to two places; null without orders */
                                average_order_value?: Decimal | null;
                                /** @description Share of the measure `of` in all that was sold in the period within the filters, four places; null if that is 0 */
                                contribution?: Decimal | null;
                                /** @description Cost of the goods; exact decimal, two places */
                                cost?: Decimal | null;
                                /** @description Distinct customers; does not add up over anything */
                                customers?: number | null;
                                /** @description Discounts given; exact decimal, two places */
                                discounts?: Decimal | null;
                                /** @description Price times quantity before discounts; exact decimal, two places */
                                gross_revenue?: Decimal | null;
                                /** @description Net revenue less cost; exact decimal, two places */
                                margin?: Decimal | null;
                                /** @description The measure `of` of the last `moving_periods` periods, this one as far as the row counts it, divided by their number; two places */
                                moving_average?: Decimal | null;
                                /** @description Gross revenue less discounts and refunds; exact decimal, two places */
                                net_revenue?: Decimal | null;
                                /** @description Distinct orders; does not add up over products and categories */
                                orders?: number | null;
                                /** @description Refunds, on the day of the order; exact decimal, two places */
                                refunds?: Decimal | null;
                                /** @description Refunds divided by gross revenue, four places; null without gross revenue */
                                return_rate?: Decimal | null;
                                /** @description Tax; exact decimal, two places */
                                tax?: Decimal | null;
                                /** @description Units sold */
                                units?: number | null;
                                /** @description The measure `of` from the first day of the (fiscal) year up to the end of what the row counts; of days 364 days before, from 364 days before that first day */
                                year_to_date?: Decimal | null;
                            };
                            /** @description With `compare`: where `previous` begins. A day, or an instant with its offset where periods are hours. */
                            previous_from?: string | null;
                            /** @description With `compare`: the last of `previous`. A day, or an instant with its offset where periods are hours. */
                            previous_to?: string | null;
                            /** @description by=product: its name */
                            product?: string | null;
                            /** @description by=product; null in a subtotal over products and in `(other)` */
                            product_id?: number | null;
                            /** @description Refunds, on the day of the order; exact decimal, two places */
                            refunds?: Decimal | null;
                            /** @description by=region: of the order */
                            region?: string | null;
                            /** @description Refunds divided by gross revenue, four places; null without gross revenue */
                            return_rate?: Decimal | null;
                            /** @description by=segment: of the customer, as it is now */
                            segment?: string | null;
                            /** @description by=product */
                            sku?: string | null;
                            /** @description With `subtotals`: the dimensions that the row sums up; empty for a row of its own. */
                            subtotal_over?: ("product" | "category" | "category_level_1" | "category_level_2" | "category_level_3" | "segment" | "region" | "country" | "channel" | "currency" | "payment_method" | "new_or_returning")[];
                            /** @description Tax; exact decimal, two places */
                            tax?: Decimal | null;
                            /** @description Units sold */
                            units?: number | null;
                            /** @description The measure `of` from the first day of the (fiscal) year up to the end of what the row counts; of days 364 days before, from 364 days before that first day */
                            year_to_date?: Decimal | null;
                        }[];
                        meta: {
                            /** @description With `anomalies`: the rule. */
                            anomalies?: {
                                of?: string;
                                rule?: string;
                                threshold?: Decimal;
                            };
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /** @description What amounts are in (ISO 4217); null while no order says what the reporting currency is. */
                            currency?: string | null;
                            /** @description With `forecast`: how each series was forecast. */
                            forecast?: {
                                /** @description Probability with which a value is between lower and upper */
                                interval?: Decimal;
                                of?: string;
                                periods?: number;
                                series?: {
                                    /** @description Weight of what is new in the level */
                                    alpha?: Decimal | null;
                                    /** @description The last periods, forecast from those before them. */
                                    backtest?: {
                                        /** @description the measure `of`, in its unit */
                                        mean_absolute_error?: Decimal | null;
                                        periods?: number;
                                        /** @description That error by the mean of the periods; null where it is 0 */
                                        relative_error?: Decimal | null;
                                        /** @description That error by the one of repeating the last season; null where that has none */
                                        scaled_error?: Decimal | null;
                                    };
                                    /** @description Weight of what is new in the trend */
                                    beta?: Decimal | null;
                                    /** @description by=category: as the product is now */
                                    category?: string | null;
                                    /** @description by=category_level_1: root of the category tree, as the product is now */
                                    category_level_1?: string | null;
                                    /** @description by=category_level_2: the deepest there is where the tree ends before */
                                    category_level_2?: string | null;
                                    /** @description by=category_level_3: the deepest there is where the tree ends before */
                                    category_level_3?: string | null;
                                    /** @description by=channel: of the order */
                                    channel?: string | null;
                                    /** @description by=country: of the order (ISO 3166) */
                                    country?: string | null;
                                    /** @description by=currency: that the order was sold in (ISO 4217) */
                                    currency?: string | null;
                                    /** @description What of the trend is left after each period */
                                    damping?: Decimal | null;
                                    /** @description Whole periods that it was fitted to */
                                    fitted_periods?: number;
                                    /** @description Weight of what is new in the season */
                                    gamma?: Decimal | null;
                                    /**
                                     * @description Season of the Holt-Winters smoothing whose backtest had the least error; null without a forecast
                                     * @enum {string|null}
                                     */
                                    method: "none" | "additive" | "multiplicative" | null;
                                    /** @description by=new_or_returning: `new` on the business day of the customer's first order, `returning` after it */
                                    new_or_returning?: string | null;
                                    /** @description by=payment_method: of the order's largest captured payment */
                                    payment_method?: string | null;
                                    /** @description by=product: its name */
                                    product?: string | null;
                                    /** @description by=product; null in a subtotal over products and in `(other)` */
                                    product_id?: number | null;
                                    /** @description Why there is none */
                                    reason?: string;
                                    /** @description by=region: of the order */
                                    region?: string | null;
                                    /** @description In periods */
                                    season_length?: number | null;
                                    /** @description by=segment: of the customer, as it is now */
                                    segment?: string | null;
                                    /** @description by=product */
                                    sku?: string | null;
                                }[];
                            };
                            grain?: string;
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** @description Periods of which the range holds only a part, or that were not over when the state was published. */
                            partial_periods?: string[];
                            /** Format: date-time */
                            published_at: string;
                            range?: {
                                bounds?: string;
                                /** Format: date */
                                from?: string | null;
                                /** @description Of the business days */
                                time_zone?: string;
                                /** Format: date */
                                to?: string | null;
                            };
                            report: string;
                            rows: number;
                            /** @description With `subtotals`: the measures of the whole range, distinct orders and customers counted in it. */
                            totals?: {
                                /** @description Net revenue divided by orders, rounded half away from zero to two places; null without orders */
                                average_order_value?: Decimal | null;
                                /** @description Share of the measure `of` in all that was sold in the period within the filters, four places; null if that is 0 */
                                contribution?: Decimal | null;
                                /** @description Cost of the goods; exact decimal, two places */
                                cost?: Decimal;
                                /** @description Distinct customers; does not add up over anything */
                                customers?: number;
                                /** @description Discounts given; exact decimal, two places */
                                discounts?: Decimal;
                                /** @description Price times quantity before discounts; exact decimal, two places */
                                gross_revenue?: Decimal;
                                /** @description Net revenue less cost; exact decimal, two places */
                                margin?: Decimal;
                                /** @description The measure `of` of the last `moving_periods` periods, this one as far as the row counts it, divided by their number; two places */
                                moving_average?: Decimal;
                                /** @description Gross revenue less discounts and refunds; exact decimal, two places */
                                net_revenue?: Decimal;
                                /** @description Distinct orders; does not add up over products and categories */
                                orders?: number;
                                /** @description Refunds, on the day of the order; exact decimal, two places */
                                refunds?: Decimal;
                                /** @description Refunds divided by gross revenue, four places; null without gross revenue */
                                return_rate?: Decimal | null;
                                /** @description Tax; exact decimal, two places */
                                tax?: Decimal;
                                /** @description Units sold */
                                units?: number;
                                /** @description The measure `of` from the first day of the (fiscal) year up to the end of what the row counts; of days 364 days before, from 364 days before that first day */
                                year_to_date?: Decimal;
                            };
                            /** @description Items sold in the range in a currency without a rate on the day: they are in no amount. Absent where none is converted. */
                            unconverted_lines?: number;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_EXPORT_TOO_LARGE: it has more rows than `api.limits.file_rows`, or more bytes than `api.exports.file_size`; API_REPORT_TOO_LARGE: periods times dimension values pass the limit of one answer; API_QUERY_TOO_LARGE: a query passed the memory, or the rows to read, that one query may take */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getViews: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The read models that whoever asks may see. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            columns: {
                                description: string;
                                name: string;
                                /** @enum {string} */
                                type: "text" | "integer" | "decimal" | "float" | "day" | "moment" | "boolean" | "list";
                            }[];
                            description: string;
                            /** @description Columns that can be asked for by value, as parameters of the same name. */
                            filters: string[];
                            /** @description Columns that tell rows apart; pages are in their order. */
                            key: string[];
                            name: string;
                        }[];
                        meta: {
                            rows: number;
                        };
                    };
                };
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
    getViewsView: {
        parameters: {
            query?: {
                /** @description The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. How far back is configured (`warehouse.horizon`). */
                as_of?: string | unknown | unknown;
                /** @description `meta.next_cursor` of a page: the page behind it, at the same state, whatever was published since. The question has to be the same. */
                cursor?: string;
                /** @description How the answer is written. Default: what the header `Accept` wants most, else JSON. */
                format?: "json" | "csv" | "ndjson" | "arrow" | "parquet";
                /** @description Rows of a page, at the most. */
                limit?: number;
                /** @description Seconds to wait for `min_as_of`, at most. */
                max_wait?: number;
                /**
                 * @description Waits until the data contains this: a commit, as `source:LSN` (what `pg_current_wal_lsn()` gives after it; several may be given), a watermark, or everything that was committed up to a moment. Not together with `as_of`.
                 * @example [
                 *       "order:0/1A2B3C8",
                 *       "payment:0/9F00"
                 *     ]
                 */
                min_as_of?: (string | unknown | unknown | unknown)[];
            };
            header?: never;
            path: {
                /** @description A name that /v1/views lists. */
                view: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the view at one watermark. */
            200: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description With `rel="next"`: the page behind this one, where there is one (RFC 8288). */
                    link?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description `meta.next_cursor`, where there is one. */
                    "x-millrace-next-cursor"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            [key: string]: unknown;
                        }[];
                        meta: {
                            /** @description Per source the position up to which every commit is contained. */
                            as_of: {
                                [key: string]: {
                                    /** Format: date-time */
                                    committed_at: string | null;
                                    lsn: string;
                                };
                            };
                            /**
                             * Format: double
                             * @description Age of the least recent source at the moment of the answer.
                             */
                            lag_seconds: Decimal;
                            /** @description For the page behind this one, at the same state; null: this is the last. */
                            next_cursor: string | null;
                            /** @description As understood, with defaults filled. */
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            published_at: string;
                            rows: number;
                            view: string;
                            /** @description The published batch that every number of the answer is from. */
                            watermark: number;
                        };
                    };
                    "application/vnd.apache.arrow.stream": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description Nothing new was published since the answer whose ETag was sent. */
            304: {
                headers: {
                    /** @description A name for the file. */
                    "content-disposition"?: string;
                    /** @description Of the watermark, the parameters and the format; send it as If-None-Match. */
                    etag?: string;
                    /** @description Per source the position up to which every commit is contained. */
                    "x-millrace-as-of"?: string;
                    /** @description Age of the least recent source at the moment of the answer. */
                    "x-millrace-lag-seconds"?: string;
                    /** @description Rows at most, where it is not known whether there are more. */
                    "x-millrace-limit"?: string;
                    /** @description When it was published. */
                    "x-millrace-published-at"?: string;
                    /** @description Rows of the answer, where it is known before them. */
                    "x-millrace-rows"?: string;
                    /** @description The published batch that every number is from. */
                    "x-millrace-watermark"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description API_PARAMETERS_INVALID: a parameter has a value that is not allowed, is repeated, or does not exist; API_REQUEST_MALFORMED: the request is not valid HTTP, or its address or headers are too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CREDENTIALS_MISSING: the request has neither a key nor a token, or has both; API_KEY_INVALID: there is no such key, its secret is another one, or it was revoked; API_KEY_EXPIRED: the time of the key, or of its former secret after a rotation, is over; API_TOKEN_INVALID: the token is malformed, signed otherwise, of another issuer or for another audience, or lacks a claim; API_TOKEN_EXPIRED: the time of the token is over */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_SCOPE_MISSING: none of its scopes covers what was asked for; API_ROWS_RESTRICTED: the key or token sees some rows alone, and the answer is made of what does not tell them from others */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_CUSTOMER_UNKNOWN: neither the customer dimension nor the orders at this watermark have the customer; API_CUBE_UNKNOWN: no cube that readers see now has this name; API_VIEW_UNKNOWN: no read model that readers see now has this name; API_EXPORT_UNKNOWN: no export has this id, it was removed when its time was over, or it is of another caller or of other rows; API_ROUTE_UNKNOWN: the path is not one of the API; API_AS_OF_UNKNOWN: no state has the watermark that `as_of` names, or none had been published at that moment, or it is to come */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_NOT_ACCEPTABLE: the header `Accept` names none of the formats that the answer can be had in */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_MIN_AS_OF_LATE: what `min_as_of` names was not published within `max_wait`; API_EXPORT_UNFINISHED: the file is waiting to be written, or is being written; API_EXPORT_WITHOUT_FILE: it failed or was cancelled; API_FORECAST_MISSING: models of what customers will buy are fitted on schedule, and none was for this state or one before it; API_FORECAST_UNUSABLE: no fit found parameters: nobody bought again, or the search for the greatest likelihood ended before it; `detail` names what */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_AS_OF_GONE: the state that `as_of` names is behind `warehouse.horizon`, or a model of the report was built anew since */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_RATE_LIMITED: the key or token has made as many requests as it may in a minute; API_EXPORTS_TOO_MANY: the caller has `api.exports.per_caller` exports that are under way or kept */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_FAILED: a query failed in the warehouse; API_INTERNAL: an error nobody foresaw */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_TOKEN_KEYS_AWAY: the keys of the identity provider cannot be read; API_WAREHOUSE_UNREACHABLE: the connection to the warehouse was refused, broken or too slow; API_WAREHOUSE_REFUSED: the warehouse does not accept the user, its password or its rights; API_WAREHOUSE_BUSY: the warehouse is at its limit of queries, memory or quota; API_NOTHING_PUBLISHED: the first batch is still being loaded, or the models have not been built yet; API_REPORT_OVERTAKEN: new versions of models took the place of those that the report was being read from, more than once; API_EXPORTS_BUSY: `api.exports.queued` exports wait until one of those that are being written is done; API_EXPORT_STORAGE: exports take all that they may (`api.exports.total_size`), the disk is nearly full, or cannot be written; API_EXPORT_INTERRUPTED: the API was stopped while the export was waiting or being written */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
            /** @description API_QUERY_TIMEOUT: the queries of one report passed the time limit and were cancelled */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["problem"];
                };
            };
        };
    };
}
