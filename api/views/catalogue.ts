import { nearest } from '../../runtime/config/nearest.ts';
import { RECORDED_VIEWS, servedViewsOf } from '../../warehouse/models/served-views/recorded-views.ts';
import type { ServedView } from '../../warehouse/models/served-views/served-view.ts';
import { currentCall } from '../access/caller.ts';
import { covers } from '../access/scopes.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { RequestReader } from '../warehouse-reader.ts';

export interface ViewCatalogue {
  all(reader: RequestReader): Promise<readonly ServedView[]>;
  /** Throws API_VIEW_UNKNOWN. */
  one(reader: RequestReader, name: string): Promise<ServedView>;
}

/** Models are exchanged seldom: whoever asks in the same second is told what the one before was. */
const KEPT_MS = 1_000;

/** The read models that readers see, and that whoever asks now may. */
export function createViewCatalogue(): ViewCatalogue {
  let known: readonly ServedView[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;

  async function all(reader: RequestReader): Promise<readonly ServedView[]> {
    if (performance.now() - readAtMs >= KEPT_MS) {
      const [row] = await reader.rows({ name: 'views', sql: RECORDED_VIEWS, parameters: {} });
      known = row === undefined ? [] : servedViewsOf(row.views ?? '[]');
      readAtMs = performance.now();
    }
    const scopes = currentCall()?.caller?.scopes;
    return scopes === undefined ? known : known.filter(({ name }) => covers(scopes, { scope: `views/${name}` }));
  }

  return {
    all,
    async one(reader, name) {
      const views = await all(reader);
      const view = views.find((each) => each.name === name);
      if (view !== undefined) return view;
      const names = views.map((each) => each.name);
      const meant = nearest(name, names);
      const hint = meant === null ? '' : `; did you mean ${meant}?`;
      throw new ApiError(API_ERRORS.viewUnknown, `no view has that name${hint}`);
    },
  };
}
