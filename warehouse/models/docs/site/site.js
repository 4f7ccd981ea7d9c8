// The pages are whole without this: it finds things, and shows in a graph what belongs together.

const MOST_FOUND = 30;

/** Best first: names that begin so, names that have it, columns, descriptions. */
function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = [];
  for (const entry of globalThis.millraceIndex ?? []) {
    const name = entry.name.toLowerCase();
    const columns = entry.columns.filter((column) => words.every((word) => column.toLowerCase().includes(word)));
    const all = `${name} ${entry.kind} ${entry.description.toLowerCase()}`;
    const score = words.every((word) => name.includes(word))
      ? name.startsWith(words[0])
        ? 0
        : 1
      : columns.length > 0
        ? 2
        : words.every((word) => all.includes(word))
          ? 3
          : null;
    if (score !== null) found.push({ entry, score, column: score === 2 ? columns[0] : null });
  }
  return found.sort((left, right) => left.score - right.score || left.entry.name.length - right.entry.name.length);
}

function startSearch() {
  const box = document.querySelector('.search');
  const input = document.querySelector('#search');
  const list = document.querySelector('#found');
  box.hidden = false;
  let active = -1;

  function close() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    active = -1;
  }

  function activate(index) {
    const items = [...list.children];
    if (items.length === 0) return;
    active = (index + items.length) % items.length;
    for (const [at, item] of items.entries()) item.setAttribute('aria-selected', String(at === active));
    items[active].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', items[active].id);
  }

  function show() {
    const found = find(input.value).slice(0, MOST_FOUND);
    list.replaceChildren(
      ...found.map(({ entry, column }, index) => {
        const item = document.createElement('li');
        item.id = `found-${index}`;
        item.setAttribute('role', 'option');
        const link = document.createElement('a');
        link.tabIndex = -1;
        link.href = `${document.body.dataset.root}${entry.href}${column === null ? '' : `#column-${encodeURIComponent(column)}`}`;
        const name = document.createElement('strong');
        name.textContent = column === null ? entry.name : `${entry.name} . ${column}`;
        const about = document.createElement('span');
        about.textContent = `${entry.kind} ${entry.description}`;
        link.append(name, ' ', about);
        item.append(link);
        return item;
      }),
    );
    if (input.value.trim() !== '' && found.length === 0) {
      const item = document.createElement('li');
      item.className = 'nothing';
      item.textContent = 'Nothing found';
      list.append(item);
    }
    list.hidden = list.children.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    if (found.length > 0) activate(0);
    else input.removeAttribute('aria-activedescendant');
  }

  input.addEventListener('input', show);
  input.addEventListener('focus', () => input.value !== '' && show());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') activate(active + 1);
    else if (event.key === 'ArrowUp') activate(active - 1);
    else if (event.key === 'Enter') list.children[active]?.querySelector('a')?.click();
    else if (event.key === 'Escape') {
      input.value = '';
      close();
      return;
    } else return;
    event.preventDefault();
  });
  box.addEventListener('focusout', (event) => {
    if (!box.contains(event.relatedTarget)) close();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
}

/** Everything that can be reached from a node over the edges, one way and the other. */
function connected(edges, id) {
  const nodes = new Set([id]);
  for (const [near, far] of [
    ['from', 'to'],
    ['to', 'from'],
  ]) {
    const reached = new Set([id]);
    for (let size = 0; size !== reached.size; ) {
      size = reached.size;
      for (const edge of edges) if (reached.has(edge.dataset[near])) reached.add(edge.dataset[far]);
    }
    for (const each of reached) nodes.add(each);
  }
  return nodes;
}

function startLineage(svg) {
  const edges = [...svg.querySelectorAll('.edges path')];
  const nodes = [...svg.querySelectorAll('a')];

  function light(id) {
    svg.classList.toggle('lit', id !== null);
    const lit = id === null ? new Set() : connected(edges, id);
    for (const node of nodes) node.classList.toggle('on', lit.has(node.dataset.id));
    for (const edge of edges) edge.classList.toggle('on', lit.has(edge.dataset.from) && lit.has(edge.dataset.to));
  }

  for (const node of nodes) {
    for (const name of ['mouseenter', 'focus']) node.addEventListener(name, () => light(node.dataset.id));
    for (const name of ['mouseleave', 'blur']) node.addEventListener(name, () => light(null));
  }
  // A wide graph opens where the page's own node is, and what reads it.
  const current = svg.querySelector('a[aria-current]');
  if (current !== null) {
    const { x, width } = current.getBBox();
    const frame = svg.parentElement;
    frame.scrollLeft = x + width + 300 - frame.clientWidth;
  }
}

startSearch();
for (const svg of document.querySelectorAll('.lineage svg')) startLineage(svg);

// The list opens where the page is; scrollIntoView would move the page with it.
const nav = document.querySelector('nav');
const here = nav.querySelector('a[aria-current]');
if (here !== null) nav.scrollTop = here.offsetTop - nav.offsetTop - nav.clientHeight / 2;
