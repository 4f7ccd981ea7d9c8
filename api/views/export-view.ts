import type { Exportable } from '../exports/exportable.ts';
import { openQuery, tryOut } from '../exports/query-export.ts';
import { COLUMN_SHAPES } from '../formats/column-shapes.ts';
import { type ParameterSet, readParameters } from '../parameters/read-parameters.ts';
import {
  type AnswerContext,
  type AskedState,
  atWatermark,
  STATE_PARAMETERS,
  wrongState,
} from '../reports/answer-at-watermark.ts';
import type { ViewCatalogue } from './catalogue.ts';
import { compileWhole, fileColumns } from './compile-page.ts';
import { filterParameters } from './parameters.ts';

/** A read model as a whole, or what its filters leave of it: there is no page of it. */
export function viewExport(route: string, catalogue: ViewCatalogue, context: AnswerContext): Exportable {
  const { reader, settings } = context;
  return {
    method: 'GET',
    route,
    async accept({ params, query, gone }) {
      const view = await catalogue.one(reader.forRequest(gone), params.view ?? '');
      const parameters = { ...STATE_PARAMETERS, ...filterParameters(view) };
      const values = readParameters<ParameterSet>(parameters, query, (each) =>
        wrongState(each as unknown as AskedState),
      );
      const { as_of: _, min_as_of: __, max_wait: ___, ...filters } = values as Record<string, readonly string[]>;
      const counted = (watermark: string) =>
        compileWhole({ view, filters, watermark, shown: '1 as one', isOrdered: false });
      const state = values as unknown as AskedState;
      const published = await atWatermark({ reader, state, gone }, async (published, reading) => {
        await tryOut(counted(published.watermark), reading);
        return published;
      });
      const { watermark } = published;
      return {
        published,
        fileName: view.name,
        open(format, reading) {
          const { format: written, shape, head } = COLUMN_SHAPES[format];
          const columns = fileColumns(view);
          const file = compileWhole({ view, filters, watermark, shown: shape(columns), isOrdered: true });
          return openQuery(
            {
              counted: counted(watermark),
              file: { ...file, format: written, head: head(columns) },
              maxRows: settings.maxFileRows,
            },
            reading,
          );
        },
      };
    },
  };
}
