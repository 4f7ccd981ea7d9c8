import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '../harness/browser.ts';

/** What is wrong with the page that is shown; empty when nothing is. */
export async function flawsOf(page: Page): Promise<string[]> {
  const seen = await page.evaluate<{
    links: string[];
    injected: string[];
    unnamed: string[];
    headings: number;
    ids: string[];
    faint: string[];
    wide: boolean;
  }>(`(${inspect})()`);
  const dead = seen.links.filter((href) => href.startsWith('file:') && !existsSync(fileURLToPath(href)));
  return [
    ...dead.map((href) => `dead link: ${href}`),
    ...seen.injected.map((text) => `injected: ${text}`),
    ...seen.unnamed.map((text) => `without a name: ${text}`),
    ...seen.ids.map((id) => `two with the id ${id}`),
    ...seen.faint.map((text) => `too faint: ${text}`),
    ...(seen.headings === 1 ? [] : [`${seen.headings} headings of the first level`]),
    ...(seen.wide ? ['the page scrolls sideways'] : []),
  ];
}

export async function linksOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    "[...new Set([...document.querySelectorAll('a')].map((a) => a.href.baseVal === undefined ? a.href : new URL(a.href.baseVal, location).href))]",
  );
}

/** Runs in the page. Contrast as WCAG 2 reckons it, at least 4.5 for text. */
const inspect = `() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const isDrawn = element.closest('svg') !== null;
    const box = isDrawn ? element.parentElement.querySelector('rect') : null;
    const style = getComputedStyle(element);
    const [front, back] = [channels(isDrawn ? style.fill : style.color), box === null ? behind(element) : channels(getComputedStyle(box).fill)];
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = all('body *').filter((e) => e.checkVisibility() && !e.closest('title') && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ''));
  const ids = all('[id]').map((e) => e.id);
  return {
    links: all('a').map((a) => typeof a.href === 'string' ? a.href : new URL(a.href.baseVal, location).href),
    injected: all('img, iframe, object, embed, form, style, script:not([src]), [onfocus], [onerror], [onclick], a[href^="javascript:" i]').map((e) => e.outerHTML.slice(0, 200)),
    unnamed: all('a, button, input, svg, [tabindex="0"]:not(pre, .scroll)').filter((e) => e.checkVisibility() && e.textContent.trim() === '' && !e.ariaLabel).map((e) => e.outerHTML.slice(0, 200)),
    headings: all('h1').length,
    ids: ids.filter((id, index) => ids.indexOf(id) !== index),
    faint: texts.filter((e) => contrast(e) < 4.5).map((e) => e.tagName + ' ' + e.className + ' ' + contrast(e).toFixed(2) + ' ' + e.textContent.slice(0, 60)),
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}`;
