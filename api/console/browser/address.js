import { useEffect, useState } from 'preact/hooks';
import { hrefOf, withChanges } from './query.js';

/**
 * What is shown is a function of the address: every state can be shared, and back and forward work.
 * @typedef {{ path: string, query: URLSearchParams }} Address
 * @typedef {import('./query.js').Changes} Changes
 */

/** @returns {Address} */
function current() {
  return { path: location.pathname.replace(/(.)\/+$/, '$1'), query: new URLSearchParams(location.search) };
}

const listeners = new Set();
const announce = () => {
  for (const listener of listeners) listener();
};
addEventListener('popstate', announce);

/** @param {string} href @param {{ replace?: boolean }} [how] */
export function navigate(href, { replace = false } = {}) {
  if (href === `${location.pathname}${location.search}`) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  announce();
}

/**
 * `href` is this page with changes, `to` another page; what is held still stays so on it.
 * @returns {Address & { set(changes: Changes): void, href(changes: Changes): string, to(path: string, changes?: Changes): string }}
 */
export function useAddress() {
  const [address, setAddress] = useState(current);
  useEffect(() => {
    const listener = () => setAddress(current());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return {
    ...address,
    // What is not looked at: several changes in a row must add up.
    set: (changes) => navigate(hrefOf(current().path, withChanges(current().query, changes))),
    href: (changes) => hrefOf(address.path, withChanges(address.query, changes)),
    to: (path, changes = {}) =>
      hrefOf(path, withChanges(new URLSearchParams(), { as_of: address.query.get('as_of'), ...changes })),
  };
}

/** Links to other pages of the console do not load it anew. @param {MouseEvent} event */
export function followLink(event) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
  if (link.origin !== location.origin || !(link.pathname === '/' || link.pathname.startsWith('/console/'))) return;
  if (link.hash !== '') return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
