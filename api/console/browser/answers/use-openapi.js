import { useEffect, useState } from 'preact/hooks';
import { fetchAnswer } from './ask.js';
import { useLive } from './live.js';

/** @type {Promise<any> | null} */
let asked = null;

/** The OpenAPI document, asked for once; `null` while it is not there. */
export function useOpenApi() {
  const [document, setDocument] = useState(/** @type {any} */ (null));
  const { asked: anew } = useLive();
  useEffect(() => {
    asked ??= fetchAnswer({ path: '/openapi.json' })
      .then((response) => (response.ok ? response.json() : null))
      .catch(() => null);
    void asked.then((found) => {
      if (found === null) asked = null;
      setDocument(found);
    });
  }, [anew]);
  return document;
}
